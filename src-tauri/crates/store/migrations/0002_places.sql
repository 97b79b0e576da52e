-- An agent may be found in several places. What was known of each one's single place moves over.
create temp table old_peer as select * from peer;

drop table peer;

-- What is known of other agents, apart from tallies. `told` is the number of the newest list of places that an agent has
-- signed, `noted` the number of our own newest list that it says it knows.
create table peer (
    agent text primary key,
    heard_at integer,
    told integer not null default 0,
    noted integer not null default 0
) strict;

-- Where agents may be found; apart from tallies, since addresses change and agreements do not. `nth` is the place's rank
-- in the list it came with, `good_at` when it was last shown to be theirs, `bad_at` when they were last not found there.
create table place (
    agent text not null,
    host text not null,
    port integer not null,
    source text not null check (source in ('typed', 'told', 'proven', 'lan', 'ticket', 'card', 'claimed')),
    nth integer not null,
    learned_at integer not null,
    good_at integer,
    bad_at integer,
    primary key (agent, host, port)
) strict;

insert into peer (agent, heard_at) select agent, heard_at from temp.old_peer;

insert into place (agent, host, port, source, nth, learned_at)
select agent, host, port, 'proven', 0, coalesce(heard_at, 0) from temp.old_peer;

insert or ignore into place (agent, host, port, source, nth, learned_at)
select agent, hint_host, hint_port, 'claimed', 0, coalesce(heard_at, 0) from temp.old_peer where hint_host is not null;

drop table temp.old_peer;
