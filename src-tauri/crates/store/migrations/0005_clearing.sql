-- Lifts that came to count, when they did: what sums and charts are added up from. `checked` is when our own check of it
-- was done.
create table lift_final (
    lift text primary key references lift (hash),
    aim text not null check (aim in ('pay', 'clear')),
    units integer not null,
    at integer not null,
    checked integer
) strict;

create index lift_final_by_time on lift_final (at);

create index lift_final_unchecked on lift_final (lift) where checked is null;

insert into lift_final (lift, aim, units, at, checked)
    select hash, coalesce(json_extract(record, '$.core.kind'), 'pay'), units, changed_at, changed_at from lift where stage = 'good';

-- When a promise was first on this disk: what was signed in settings at that instant decides whether it was within them.
create table lift_held (
    lift text not null references lift (hash) on delete cascade,
    tally text not null,
    coming integer not null,
    at integer not null,
    primary key (lift, tally, coming)
) strict;

create index lift_held_by_tally on lift_held (tally, at);

-- Evidence of lifts that our own check found outside of what was signed, as it stood when it was found; never changed,
-- never removed. JSON.
create table lift_finding (
    lift text primary key,
    evidence text not null,
    at integer not null
) strict;

-- Tallies over which the person lets no lift go for now.
create table lift_pause (
    tally text primary key references tally (id),
    at integer not null
) strict;
