-- Lifts that this wallet takes part in, one row each. `record` is JSON: both legs with what was signed, the certificate, the
-- next question to the referee; the other columns repeat what rows are found by. `wake_at` is when the referee is to be
-- asked; `exp` until when it can be claimed. A lift that was committed is never removed.
create table lift (
    hash text primary key,
    session text not null,
    part text not null check (part in ('originator', 'relay', 'payee')),
    stage text not null check (stage in ('open', 'good', 'void', 'waived')),
    units integer not null,
    exp integer not null,
    wake_at integer,
    why text,
    record text not null,
    made_at integer not null,
    changed_at integer not null
) strict;

create index lift_by_wake on lift (wake_at) where wake_at is not null;

create index lift_by_session on lift (session);

create index lift_by_change on lift (changed_at);

-- Over which tallies a lift runs here: what holds are added up from.
create table lift_leg (
    tally text not null references tally (id),
    lift text not null references lift (hash) on delete cascade,
    primary key (tally, lift)
) strict;

create index lift_leg_by_lift on lift_leg (lift);

-- What this wallet decided as a referee: written before it is said, never changed, a commit never removed. `core` and `cert` are
-- JSON.
create table lift_decision (
    lift text primary key,
    decision text not null check (decision in ('commit', 'void')),
    exp integer not null,
    core text not null,
    cert text not null,
    at integer not null
) strict;

-- Pointers of searches for paths: over which tally a question came, and where it could go on. Forgotten after `exp`.
create table lift_search (
    session text primary key,
    search text not null,
    exp integer not null
) strict;

create index lift_search_by_exp on lift_search (exp);

-- Token buckets: how often a partner may ask us on, how often rounds are begun. JSON.
create table lift_bucket (
    name text primary key,
    bucket text not null
) strict;

-- Invoices: ours, until they are paid, and those of others that our person pays or paid. JSON, exactly as it was signed.
-- `units` is what our person agreed to pay; `shown_until` how long a path to ours is prepared; `ask_at` when next.
create table lift_invoice (
    session text primary key,
    mine integer not null,
    invoice text not null,
    units integer,
    exp integer not null,
    shown_until integer,
    ask_at integer,
    made_at integer not null
) strict;

create index lift_invoice_asking on lift_invoice (ask_at) where ask_at is not null;
