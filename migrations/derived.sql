-- Derived: `bangban rebuild` drops and recomputes all of it from the facts, and a test shows that
-- the result is equal. case_states, work_items, entities and area_within change in the transaction
-- of their fact; words and the answer tables follow after the commit.

create table area_within (                -- every area and all of its ancestors, itself included
    tenant bigint not null, area_id bigint not null, ancestor_id bigint not null,
    primary key (tenant, ancestor_id, area_id)
);

create table live_versions (              -- the version in force of each service
    tenant bigint not null, service_id bigint not null, form_version_id bigint not null,
    primary key (tenant, service_id)
);

create table case_states (
    tenant bigint not null, case_id bigint not null,
    state text not null,                  -- open, waiting (for the applicant), decided, closed
    outcome text not null,                -- '', granted, refused, declined, withdrawn
    step text not null, unit_id bigint,   -- the one responsible unit
    area_id bigint not null, service_id bigint not null,
    submission_id bigint not null,        -- the current one
    seq integer not null,                 -- of the last event: the case's version
    accepted_on integer, decided_on integer, delivered_on integer,
    due_on integer, promised_on integer, step_due_on integer, -- index only; read from the ledger
    answer_by integer,                    -- not accepted yet: accepted by law when this day has passed
    order_on integer not null,            -- open cases are shown in this order
    is_provisional integer not null, notice_count integer not null, visit_count integer not null,
    changed_at bigint not null,
    primary key (tenant, case_id)
);
create index case_states_order on case_states
    (tenant, state, order_on, case_id, area_id, promised_on, due_on, answer_by);

create table work_items (                 -- in whose work list an open case stands
    tenant bigint not null, case_id bigint not null,
    unit_id bigint not null,              -- 0: any unit of the role in the area
    role text not null, area_id bigint not null, step text not null,
    person_id bigint not null,            -- 0: anyone of the unit
    since bigint not null,
    is_waiting integer not null,          -- for the applicant: below what the office can do
    order_on integer not null, due_on integer, -- as in case_states: promised, else legal
    primary key (tenant, case_id, unit_id, role, person_id)
);
-- A page of a work list and its counts are read from this index alone.
create index work_items_order on work_items
    (tenant, unit_id, is_waiting, order_on, case_id, role, area_id, person_id, due_on);

create table entities (
    tenant bigint not null, id bigint not null, registry_id bigint not null, uuid text not null,
    label text not null, properties text not null, area_id bigint not null,
    version integer not null, key_hash text not null, -- keyed hash of id_number, '' if there is none
    is_deleted integer not null, conflict text not null, changed_at bigint not null,
    primary key (tenant, id), unique (tenant, registry_id, uuid)
);
create index entities_key on entities (tenant, registry_id, key_hash);
create index entities_area on entities (tenant, registry_id, area_id, label);

create table words (                      -- search: characters, pairs, sounds, initials (base/words.h)
    tenant bigint not null, word text not null, object_id bigint not null,
    kind text not null, area_id bigint not null, -- case, entity
    primary key (tenant, word, object_id, kind, area_id) -- read backwards: newest first
);

create table words_due (                  -- entities whose words are older than their newest version
    tenant bigint not null, entity_id bigint not null,
    primary key (tenant, entity_id)
);

create table answer_columns (             -- what stands where in the answer tables (domain/answers.h)
    tenant bigint not null, service text not null, -- code
    path text not null,                   -- of the question, without positions
    table_name text not null, column_name text not null, type text not null,
    number integer not null,              -- order of coming
    primary key (tenant, service, path)
);

create table derived_progress (           -- how far the worker has come
    tenant bigint not null, name text not null, last_id bigint not null,
    primary key (tenant, name)
);
