-- Only for T12: the schema of a program that does not exist yet. Each statement alone would leave a
-- schema between old and new.
alter table submissions add column next_mark bigint;

create table next_copies (
    tenant bigint not null, id bigint not null, xml text not null, other text not null,
    primary key (tenant, id)
);

insert into next_copies (tenant, id, xml, other)
    select s.tenant, s.id, s.xml, s.content_hash from submissions s;

create index next_copies_other on next_copies (tenant, other);

create table next_last (tenant bigint not null primary key);
