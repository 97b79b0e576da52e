-- What partners gave up in writing of lifts that are forgotten here: our promise under this name is never good, whoever
-- shows a commit for it. Never removed. JSON.
create table lift_waived (
    chit text primary key,
    tally text not null references tally (id),
    waive text not null,
    at integer not null
) strict;
