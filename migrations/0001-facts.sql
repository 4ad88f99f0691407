-- Facts. Rows are appended and, where a column says so, closed; what can be recomputed from them
-- stands in derived.sql. tenant is the first column of every key and unique index (so that the
-- database can be spread by it). No triggers, no sequences, no counter rows: ids are made by the
-- server (store/id.c: time, lane, number). Instants are bigint ms UTC, days are integer days since
-- 1970-01-01 in the tenant's zone, booleans are 0/1, JSON is text. bytea is understood by both.

create table tenants (
    tenant bigint not null primary key,
    code text not null unique,            -- 12-digit area code of the township
    name text not null,
    time_zone text not null,              -- Asia/Shanghai
    utc_offset_min integer not null,
    phone text not null,                  -- the hall's telephone, spoken and printed
    settings text not null,               -- JSON: office hours, password policy, ...
    secret bytea not null,                -- key of this tenant's keyed hashes
    created_at bigint not null
);

create table lanes (                      -- one row per start of a server process
    lane bigint not null primary key,
    started_at bigint not null,
    host text not null,
    ended_at bigint
);

-- Organisation ------------------------------------------------------------------------------

create table areas (                      -- tree: township, village, grid, group
    tenant bigint not null, id bigint not null,
    parent_id bigint, code text not null, name text not null, kind text not null,
    valid_from integer not null, valid_to integer,
    primary key (tenant, id), unique (tenant, code, valid_from)
);

create table units (                      -- offices, bureaus, centres, task forces
    tenant bigint not null, id bigint not null,
    parent_id bigint, code text not null, name text not null, kind text not null,
    area_id bigint not null, valid_from integer not null, valid_to integer,
    primary key (tenant, id), unique (tenant, code, valid_from)
);

create table persons (                    -- staff and helpers: whoever can sign in
    tenant bigint not null, id bigint not null,
    sign_in text not null, name text not null, phone text not null,
    state text not null,                  -- active, locked, left
    password_hash text not null,          -- argon2id; '' = none yet
    password_set_at bigint not null, must_change integer not null,
    failed_count integer not null, locked_until bigint not null,
    created_at bigint not null,
    primary key (tenant, id), unique (tenant, sign_in)
);

create table posts (                      -- a person holds unit x area x role for a time
    tenant bigint not null, id bigint not null,
    person_id bigint not null, unit_id bigint not null, area_id bigint not null,
    role text not null, valid_from integer not null, valid_to integer,
    created_at bigint not null, created_by bigint not null,
    primary key (tenant, id)
);
create index posts_person on posts (tenant, person_id);

create table grants (                     -- right = action x unit x area x role x mandate x dates
    tenant bigint not null, id bigint not null,
    role text not null, action text not null,
    unit_id bigint,                       -- null: the post's own unit
    area_id bigint,                       -- null: the post's own area
    needs_mandate integer not null,
    valid_from integer not null, valid_to integer,
    primary key (tenant, id), unique (tenant, role, action, unit_id, area_id, valid_from)
);

create table mandates (                   -- who may act for whom, in what, until when
    tenant bigint not null, id bigint not null,
    grantor_name text not null, grantor_id_hash text not null,
    holder_name text not null, holder_id_hash text not null, holder_person_id bigint,
    service_id bigint,                    -- null: all services
    valid_from integer not null, valid_to integer,
    evidence text not null,               -- paper, voice, thumb print with witness
    blob_hash text not null,              -- '' if there is no file
    created_at bigint not null, created_by bigint, ended_at bigint,
    primary key (tenant, id)
);

create table sessions (
    tenant bigint not null, token_hash text not null,
    person_id bigint,                     -- staff; null for a resident
    subject_id bigint,                    -- the resident's entity, or null
    case_id bigint,                       -- tracking: the one case it may see
    identity_level integer not null,      -- 0 declared, 1 vouched, 2 verified
    created_at bigint not null, seen_at bigint not null, expires_at bigint not null,
    ended_at bigint,
    primary key (tenant, token_hash)
);
create index sessions_person on sessions (tenant, person_id);

create table device_tokens (              -- OpenRosa app users
    tenant bigint not null, token_hash text not null,
    person_id bigint not null, label text not null,
    created_at bigint not null, ended_at bigint,
    primary key (tenant, token_hash)
);

-- Catalogue ---------------------------------------------------------------------------------

create table services (
    tenant bigint not null, id bigint not null,
    code text not null,                   -- form_id
    created_at bigint not null,
    primary key (tenant, id), unique (tenant, code)
);

create table form_versions (
    tenant bigint not null, id bigint not null,
    service_id bigint not null, version text not null,
    title text not null,
    workbook bytea not null, workbook_kind text not null, -- xlsx, md, json
    xform text not null, image bytea not null,
    service_json text not null,           -- forms/service.h as JSON
    content_hash text not null,           -- SHA-256 of the sheets' content, not of the file
    published_at bigint not null, published_by bigint not null,
    primary key (tenant, id), unique (tenant, service_id, version)
);

create table service_changes (            -- which version is live, append-only
    tenant bigint not null, id bigint not null,
    service_id bigint not null, form_version_id bigint, -- null: withdrawn
    at bigint not null, by_person bigint not null, reason text not null,
    primary key (tenant, id)
);

create table form_media (
    tenant bigint not null, form_version_id bigint not null, name text not null,
    blob_hash text not null, media_type text not null,
    primary key (tenant, form_version_id, name)
);

-- Submissions -------------------------------------------------------------------------------

create table blobs (                      -- files that were kept; bytes beside the database or in chunks
    tenant bigint not null, hash text not null, -- SHA-256, hex
    size bigint not null, created_at bigint not null,
    primary key (tenant, hash)
);

create table blob_chunks (                -- PostgreSQL only: 256 KiB each
    tenant bigint not null, hash text not null, number integer not null, bytes bytea not null,
    primary key (tenant, hash, number)
);

create table submissions (
    tenant bigint not null, id bigint not null,
    service_id bigint not null, form_version_id bigint not null,
    instance_id text not null,            -- 'uuid:...', the idempotency key
    replaces_id bigint,                   -- the submission this one edits
    xml text not null, content_hash text not null,
    received_at bigint not null,
    channel text not null,                -- web, counter, helper, openrosa, import
    person_id bigint,                     -- staff or helper who sent it; null: a resident
    device text not null,
    area_id bigint not null,
    is_acceptable integer not null, findings text not null, -- JSON array
    entity_changes text not null,         -- JSON array: what save_to will write, '' if nothing
    audit_lane bigint not null, audit_seq bigint not null, -- its audit entry: the receipt's head
    primary key (tenant, id), unique (tenant, service_id, instance_id)
);

create table attachments (
    tenant bigint not null, submission_id bigint not null, name text not null,
    blob_hash text not null,              -- '' while it is still missing
    size bigint not null, media_type text not null,
    primary key (tenant, submission_id, name)
);

create table drafts (                     -- resumed on another device or at the counter by its code
    tenant bigint not null, id bigint not null,
    code_hash text not null, key_hash text not null,
    service_id bigint not null, form_version_id bigint not null,
    instance_id text not null, answers text not null,    -- JSON [{path,text}]
    person_id bigint, created_at bigint not null, changed_at bigint not null,
    expires_at bigint not null, ended_at bigint, version integer not null,
    primary key (tenant, id), unique (tenant, code_hash)
);

create table uploads (                    -- files sent before their submission
    tenant bigint not null, instance_id text not null, name text not null,
    blob_hash text not null, size bigint not null, media_type text not null,
    created_at bigint not null, key_hash text not null,
    primary key (tenant, instance_id, name)
);

-- Cases -------------------------------------------------------------------------------------

create table cases (                      -- one application on its way; where it stands: case_states
    tenant bigint not null, id bigint not null,
    ref text not null,                    -- printed and spoken: 261124-4831-7
    service_id bigint not null, form_version_id bigint not null,
    submission_id bigint not null,        -- the first one
    area_id bigint not null, channel text not null,
    applicant_name text not null, applicant_id_hash text not null, -- keyed hash, '' if unknown
    applicant_id_tail text not null,      -- last four, for tracking
    applicant_phone text not null, applicant_entity_id bigint,
    identity_level integer not null,
    proxy_name text not null, proxy_id_hash text not null, mandate_id bigint,
    code_hash text not null,              -- six-digit code of the receipt
    opened_at bigint not null, received_on integer not null,
    primary key (tenant, id), unique (tenant, ref)
);
create index cases_applicant on cases (tenant, applicant_id_hash);
create index cases_code on cases (tenant, code_hash);

create table case_events (                -- everything that happened, in order
    tenant bigint not null, case_id bigint not null, seq integer not null,
    kind text not null,                   -- opened, action, corrected, visit, message, rated, migrated
    at bigint not null, on_day integer not null,
    person_id bigint, unit_id bigint, actor_name text not null,
    action text not null, from_step text not null, to_step text not null,
    reason text not null, note text not null,
    payload text not null,                -- JSON, by kind
    primary key (tenant, case_id, seq)
);

create table clock_events (               -- the legal clock's ledger
    tenant bigint not null, case_id bigint not null,
    clock text not null,                  -- 'case', or a step's name
    seq integer not null,
    kind text not null,                   -- start, stop, resume, extend, end
    on_day integer not null, at bigint not null,
    amount integer not null,              -- extend: by how much; start: the limit
    unit text not null,                   -- wd, d, h
    reason text not null, told_on integer, -- stop: lawful cause, day of the written notice
    person_id bigint,
    primary key (tenant, case_id, clock, seq)
);

create table notices (                    -- one-time notice: number 1; later ones need a leader's reason
    tenant bigint not null, case_id bigint not null, number integer not null,
    issued_at bigint not null, issued_on integer not null, person_id bigint not null,
    items text not null,                  -- JSON [{path,label,material,text}]
    override_reason text not null, answered_at bigint,
    primary key (tenant, case_id, number)
);

create table visits (                     -- one coming of the applicant to a counter, with its cause
    tenant bigint not null, id bigint not null, case_id bigint not null,
    on_day integer not null, at bigint not null, cause text not null,
    is_wasted integer not null, note text not null, person_id bigint,
    primary key (tenant, id)
);
create index visits_case on visits (tenant, case_id);

create table ratings (
    tenant bigint not null, case_id bigint not null, contact text not null, -- decided, notice, ...
    level integer not null,               -- 5 very satisfied ... 1 very dissatisfied
    words text not null, at bigint not null,
    primary key (tenant, case_id, contact)
);

create table letters (                    -- printed pages as they were given out
    tenant bigint not null, case_id bigint not null, name text not null, number integer not null,
    blob_hash text not null, made_at bigint not null, person_id bigint,
    primary key (tenant, case_id, name, number)
);

-- Registries --------------------------------------------------------------------------------

create table registries (
    tenant bigint not null, id bigint not null, name text not null, label text not null,
    owner_unit_id bigint, properties text not null, -- JSON [{name,label,type}]
    created_at bigint not null,
    primary key (tenant, id), unique (tenant, name)
);

create table entity_versions (            -- facts; the current state is derived: entities
    tenant bigint not null, entity_id bigint not null, version integer not null,
    registry_id bigint not null, uuid text not null,
    label text not null, properties text not null, -- JSON object of texts, whole state
    area_id bigint not null, is_deleted integer not null,
    submission_id bigint, person_id bigint, at bigint not null,
    base_version integer not null, conflict text not null, -- '', soft, hard
    primary key (tenant, entity_id, version)
);

-- Calendar, settings, audit ----------------------------------------------------------------

create table calendar_years (
    tenant bigint not null, year integer not null, source text not null, loaded_at bigint not null,
    primary key (tenant, year)
);
create table calendar_days (
    tenant bigint not null, on_day integer not null, is_working integer not null, name text not null,
    primary key (tenant, on_day)
);

create table claim_codes (                -- prove who you are without an account
    tenant bigint not null, code_hash text not null,
    entity_id bigint, case_id bigint, identity_level integer not null,
    created_at bigint not null, expires_at bigint not null, used_at bigint, person_id bigint,
    failed_count integer not null,
    primary key (tenant, code_hash)
);

create table audit_entries (              -- hash chain per (tenant, lane)
    tenant bigint not null, lane bigint not null, seq bigint not null,
    at bigint not null, actor text not null, op text not null, object text not null,
    result text not null, request_hash text not null, repeats integer not null,
    prev_hash text not null, hash text not null,
    primary key (tenant, lane, seq)
);
create table audit_checkpoints (
    tenant bigint not null, lane bigint not null, seq bigint not null,
    at bigint not null, heads text not null, signature text not null,
    primary key (tenant, lane, seq)
);
