create table me (
    one integer primary key check (one = 1),
    certificate text not null,
    made_at integer not null
) strict;

create table choice (
    name text primary key,
    value text not null
) strict;

create table tally (
    id text primary key,
    mine text not null check (mine in ('stock', 'foil')),
    phase text not null,
    partner text,
    object text not null,
    previous text,
    revising integer not null default 0,
    digest blob,
    head integer not null default 0,
    head_hash blob,
    agreed integer,
    agreed_hash blob,
    balance integer not null default 0,
    waiting integer not null default 0,
    settings_mine text not null default '{}',
    settings_theirs text not null default '{}',
    dispute text,
    disputed_at integer,
    compared_at integer,
    reason text,
    template text,
    claimed_limit integer,
    made_at integer not null,
    changed_at integer not null
) strict;

create index tally_by_partner on tally (partner);

create table chit (
    row integer primary key,
    tally text not null references tally (id),
    uuid text not null,
    idx integer not null,
    object text not null,
    hash blob not null,
    mine integer not null,
    kind text not null,
    change integer not null,
    balance_after integer not null,
    date integer not null,
    memo text,
    recorded_at integer not null,
    left_at integer,
    delivered_at integer,
    matched_at integer,
    unique (tally, idx),
    unique (tally, uuid)
) strict;

create index chit_still_here on chit (tally) where left_at is null and mine = 1;

create index chit_in_brief on chit (tally, kind, mine, idx, change);

create table chit_sum (
    tally text not null,
    kind text not null,
    mine integer not null,
    count integer not null,
    sum integer not null,
    primary key (tally, kind, mine)
) strict;

create table chit_words (
    tally text not null references tally (id),
    part integer not null,
    words text not null,
    brief blob not null,
    primary key (tally, part)
) strict;

create trigger chit_comes after insert on chit begin
    insert into chit_sum (tally, kind, mine, count, sum) values (new.tally, new.kind, new.mine, 1, new.change)
    on conflict (tally, kind, mine) do update set count = count + 1, sum = sum + new.change;
end;

create trigger chit_goes after delete on chit begin
    update chit_sum set count = count - 1, sum = sum - old.change
    where tally = old.tally and kind = old.kind and mine = old.mine;
end;

create table ticket (
    id text primary key,
    token_hash blob not null unique,
    token text,
    tally text not null references tally (id),
    template text not null,
    bound text,
    note text,
    made_at integer not null,
    expires_at integer not null,
    used_at integer,
    used_by text,
    used_key text,
    uses integer not null default 1,
    revoked_at integer
) strict;

create index ticket_by_tally on ticket (tally);

create table contact (
    id text primary key,
    partner text not null,
    chad text not null,
    token text not null,
    token_hash blob not null unique,
    name text,
    claimed_limit integer,
    phase text not null check (phase in ('calling', 'waiting', 'offered', 'lapsed')),
    tally text references tally (id),
    certificate text not null,
    made_at integer not null,
    expires_at integer not null
) strict;

create index contact_by_partner on contact (partner);

create table outbox (
    row integer primary key,
    partner text not null,
    key text not null unique,
    tally text,
    how text not null check (how in ('ticket', 'until answered', 'few', 'once')),
    left integer not null default 0,
    message text not null,
    tries integer not null default 0,
    next_at integer not null,
    queued_at integer not null
) strict;

create index outbox_by_time on outbox (next_at);

create table peer (
    agent text primary key,
    host text not null,
    port integer not null,
    hint_host text,
    hint_port integer,
    heard_at integer
) strict;

create table request (
    tally text not null references tally (id),
    uuid text not null,
    mine integer not null,
    state text not null check (state in ('waiting', 'granted', 'refused', 'lapsed', 'withdrawn')),
    object text not null,
    until integer,
    reason text,
    times integer not null,
    made_at integer not null,
    changed_at integer not null,
    primary key (tally, uuid)
) strict;

create index request_by_state on request (state, until);

create index request_waiting on request (tally, mine) where state = 'waiting';

create table cancelled (
    row integer primary key,
    tally text not null references tally (id),
    uuid text not null,
    object text not null,
    change integer not null,
    cancelled_at integer not null
) strict;

create index cancelled_by_tally on cancelled (tally);

create table evidence (
    row integer primary key,
    tally text not null references tally (id),
    kind text not null,
    idx integer,
    said text not null,
    at integer not null
) strict;

create index evidence_by_tally on evidence (tally);

create table event (
    row integer primary key,
    kind text not null,
    mine integer not null,
    tally text not null,
    entry text,
    request text,
    units integer,
    memo text,
    reason text,
    at integer not null
) strict;

create index event_by_tally on event (tally, row);

create table ticket_use (
    ticket text not null references ticket (id),
    agent text not null,
    certificate text not null,
    tally text not null references tally (id),
    at integer not null,
    primary key (ticket, agent)
) strict;

create table contract (
    hash text primary key,
    title text not null,
    text text not null,
    made_at integer not null
) strict;

create table salvage (
    row integer primary key,
    tally text not null references tally (id),
    uuid text not null,
    idx integer not null,
    object text not null,
    hash blob not null,
    sound integer not null,
    recorded_at integer not null,
    left_at integer,
    delivered_at integer,
    found_at integer not null
) strict;

create index salvage_by_tally on salvage (tally, uuid);
