-- The ledger as it stands after every migration. A test compares this page with what the migrations make, so it can
-- be read as the truth. Instants are milliseconds since the Unix epoch, amounts milli-CHIPs from the holder's side,
-- hashes 32 raw bytes, agents 43 characters of base64url, JSON is kept exactly as it was signed or received.

-- Who this wallet is: one row, once there is an identity.
create table me (
    one integer primary key check (one = 1),
    certificate text not null,
    made_at integer not null
) strict;

-- Preferences that are neither signed nor secret.
create table choice (
    name text primary key,
    value text not null
) strict;

-- One relationship, seen from our half. `head` is the index of the last chit of the chain and `agreed` the highest
-- index both sides are known to share (null before the first agreement, index 0 being the tally itself). `balance`
-- counts every good chit; `waiting` is the part of it that the partner's wallet has not accepted yet (never above 0).
-- The settings are JSON, as they stand at the agreed index; `previous` is the version before a changed offer;
-- `dispute` is JSON while the copies do not match.
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

-- Good chits: never changed; never removed once they may have left this wallet (`left_at`); only the place in the chain
-- beyond `agreed` may move.
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

-- Everything a filtered history is found by, words aside, without reading the chits themselves.
create index chit_in_brief on chit (tally, kind, mine, idx, change);

-- How many chits of each kind and signer a tally has, and what they add up to: kept, so that nobody has to count.
create table chit_sum (
    tally text not null,
    kind text not null,
    mine integer not null,
    count integer not null,
    sum integer not null,
    primary key (tally, kind, mine)
) strict;

-- The words of agreed chits, 512 to a row, which is all a search has to read: `words` are their memos in small letters, one
-- after the other, `brief` what they are and where their words end. Part 0 is of the chits 1 to 512. Never changed.
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

-- Tickets we issued. The token is found by its hash; its text is kept only while it can still be shown.
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

-- Tickets of others that we used: from the first call to the offer that answers it.
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

-- Messages that must leave, in order, at least once. `key` names what the message is about, so that a newer one takes
-- the older one's place and the answer can remove it.
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

-- Requests: chits that somebody proposes and the payer may sign. `mine` is 1 when we ask. The object is unsigned.
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

-- Chits of ours that were signed and taken back before they could leave. They stand in no chain.
create table cancelled (
    row integer primary key,
    tally text not null references tally (id),
    uuid text not null,
    object text not null,
    change integer not null,
    cancelled_at integer not null
) strict;

create index cancelled_by_tally on cancelled (tally);

-- What partners said that cannot be: kept for whoever must judge. `said` is JSON as it came.
create table evidence (
    row integer primary key,
    tally text not null references tally (id),
    kind text not null,
    idx integer,
    said text not null,
    at integer not null
) strict;

create index evidence_by_tally on evidence (tally);

-- What happened, in the order it did: for the person to look back on. Amounts are seen from our side; `mine` is 1 for
-- what our own person did, which is no news to them.
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

-- Further uses of tickets that may be used more than once: each made a tally of its own.
create table ticket_use (
    ticket text not null references ticket (id),
    agent text not null,
    certificate text not null,
    tally text not null references tally (id),
    at integer not null,
    primary key (ticket, agent)
) strict;

-- Contracts that were brought in from files, found by the hash of their text.
create table contract (
    hash text primary key,
    title text not null,
    text text not null,
    made_at integer not null
) strict;

-- Chits that stood where a copy was found damaged: taken out of the chain and kept as they were found. A sound one, signed
-- by its pledger, goes when it stands in the chain again; the others stay for whoever must judge.
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

-- Places on the network whose calls are turned away: an IPv4 address, or a /56 of IPv6. `bans` is how many of them are
-- not forgiven yet, the next being the longer for each.
create table ban (
    place text primary key,
    since integer not null,
    until integer not null,
    bans integer not null,
    why text not null
) strict;

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

-- What partners gave up in writing of lifts that are forgotten here: our promise under this name is never good, whoever
-- shows a commit for it. Never removed. JSON.
create table lift_waived (
    chit text primary key,
    tally text not null references tally (id),
    waive text not null,
    at integer not null
) strict;
