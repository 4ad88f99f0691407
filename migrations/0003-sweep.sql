-- What the sweeper asks (domain/sweep.c): which uploads are old, and who else names their bytes.
create index uploads_created on uploads (tenant, created_at);
create index attachments_blob on attachments (tenant, blob_hash);
create index case_files_blob on case_files (tenant, blob_hash);
create index letters_blob on letters (tenant, blob_hash);

-- Wrong passwords for names that nobody has: they lock as real ones do, so that a lock tells nothing.
create table sign_in_misses (
    tenant bigint not null, name_hash text not null, -- keyed
    failed_count integer not null, locked_until bigint not null, at bigint not null,
    primary key (tenant, name_hash)
);
create index sign_in_misses_at on sign_in_misses (tenant, at);
