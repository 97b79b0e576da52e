create table ban (
    place text primary key,
    since integer not null,
    until integer not null,
    bans integer not null,
    why text not null
) strict;
