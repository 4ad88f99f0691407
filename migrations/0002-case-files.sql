-- Files that staff attach to an act on a case: a report of a visit to the home, a signature drawn at
-- the counter. They belong to the event, not to a submission.
create table case_files (
    tenant bigint not null, case_id bigint not null,
    seq integer not null,                 -- of the event in case_events
    name text not null,
    kind text not null,                   -- '' or signature
    blob_hash text not null, size bigint not null, media_type text not null,
    person_id bigint not null, at bigint not null,
    primary key (tenant, case_id, seq, name)
);
