//! Ana and Ben, and Cy where it takes three: people on one stage, what they do again and again, and what lies on their disks.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tallystick_fake_camera::FakeCamera;

use super::Telling;
use super::person::{Person, Who, confirm, confirm_alone, ready_to_sign};
use crate::stage::free_port;
use crate::{Door, Fault, Ledger, Opening, Programs, Stage, Tale, Tampered, Theme, Wallet};

/// People, and what they share for one journey.
#[derive(Debug)]
pub(super) struct Pair<'a> {
    programs: &'a Programs,
    stage: Stage,
    theme: Theme,
    profiles: PathBuf,
    ports: [u16; 3],
    /// Whether there is no way from one wallet to the other.
    apart: bool,
    /// Whether the way to the open tally is pictured too.
    from_the_beginning: bool,
    cameras: Vec<(Who, FakeCamera)>,
    clearing_every: Option<Duration>,
    /// Whose engine of lifts is wrong, and how.
    tampered: Option<(Who, Tampered)>,
    pub(super) tale: Tale,
}

impl<'a> Pair<'a> {
    pub(super) async fn meet(
        programs: &'a Programs,
        theme: Theme,
        folder: &Path,
        steps: usize,
        telling: Telling,
    ) -> Result<Self, Fault> {
        let tale = Tale::begin(folder, steps, telling == Telling::AsTour)?;
        let stage = Stage::raise().await?;
        let ports = [free_port()?, free_port()?, free_port()?];
        let profiles = folder.join("profiles");
        Ok(Self {
            programs,
            stage,
            theme,
            profiles,
            ports,
            apart: false,
            from_the_beginning: false,
            cameras: Vec::new(),
            clearing_every: None,
            tampered: None,
            tale,
        })
    }

    /// Pictures of everything, also of what other journeys pass through.
    pub(super) fn show_the_beginning(&mut self) {
        self.from_the_beginning = true;
    }

    /// Wallets that are opened from now on cannot be called.
    pub(super) fn keep_apart(&mut self) {
        self.apart = true;
    }

    /// Wallets that are opened from now on think of circles so often.
    pub(super) fn clear_every(&mut self, pause: Duration) {
        self.clearing_every = Some(pause);
    }

    /// Somebody's engine of lifts is wrong when their wallet is opened next; without it nobody's is any more.
    pub(super) fn tamper(&mut self, whose: Option<(Who, Tampered)>) {
        self.tampered = whose;
    }

    /// Gives somebody's computer a place for cameras, before it is turned on; none is plugged in.
    pub(super) fn bring_cameras(&mut self, who: Who) -> Result<FakeCamera, Fault> {
        let folder = self.profiles.join(format!("cameras-{}", who.key()));
        let cameras = FakeCamera::new(&folder).map_err(Fault::file(&folder))?;
        self.cameras.push((who, cameras.clone()));
        Ok(cameras)
    }

    const fn door(&self, who: Who) -> Door {
        match (who, self.apart) {
            (who, false) => Door::Port(self.port(who)),
            // This machine answers for all of 127.0.0.0/8, and here with a refusal.
            (Who::Ana, true) => Door::Closed(Ipv4Addr::new(127, 90, 0, 1)),
            (Who::Ben, true) => Door::Closed(Ipv4Addr::new(127, 90, 0, 2)),
            (Who::Cy, true) => Door::Closed(Ipv4Addr::new(127, 90, 0, 3)),
        }
    }

    pub(super) fn profile(&self, who: Who) -> PathBuf {
        self.profiles.join(who.key())
    }

    /// Opens somebody's wallet, always on the same port: partners find it again.
    pub(super) async fn open(&self, who: Who) -> Result<Person, Fault> {
        let opening = Opening {
            app: &self.programs.app,
            profile: &self.profile(who),
            door: self.door(who),
            theme: self.theme,
            log: &self.tale.folder().join(format!("{}.log", who.key())),
            cameras: self.cameras.iter().find(|(owner, _)| *owner == who).map(|(_, cameras)| cameras),
            clearing_every: self.clearing_every,
            tampered: self.tampered.filter(|(whose, _)| *whose == who).map(|(_, how)| how),
        };
        let wallet = Wallet::open(&self.stage, &opening).await?;
        Ok(Person::new(who, wallet))
    }

    /// Keeps what somebody sees now, and insists that everything has room on it.
    pub(super) async fn picture(&mut self, what: &str, person: &Person) -> Result<PathBuf, Fault> {
        let path = self.tale.picture(what, person.who().key(), person.wallet()).await?;
        person.page().assert_fits(what).await?;
        Ok(path)
    }

    /// A picture of what other journeys pass through, for the one that shows the beginning.
    pub(super) async fn early_picture(&mut self, what: &str, person: &Person) -> Result<(), Fault> {
        if self.from_the_beginning {
            self.picture(what, person).await?;
        }
        Ok(())
    }

    /// Looks at the sign sheet that opens, and confirms.
    pub(super) async fn sign(&mut self, person: &Person, kind: &str) -> Result<(), Fault> {
        ready_to_sign(person, kind).await?;
        self.picture(&format!("sign-{kind}"), person).await?;
        confirm(person).await
    }

    /// Fills in a payment and leads it to the sign sheet; `after` is the balance that is foretold.
    pub(super) async fn fill_in_payment(
        &mut self,
        person: &Person,
        amount: &str,
        memo: &str,
        after: i64,
    ) -> Result<(), Fault> {
        let page = person.page();
        page.click("tally-pay").await?;
        page.type_text("pay-amount", amount).await?;
        page.type_text("pay-memo", memo).await?;
        page.wait_attribute("pay-after", "data-milli", &after.to_string()).await
    }

    /// Pays from the tally's first tab, without pictures.
    pub(super) async fn pay(
        &mut self,
        person: &Person,
        amount: &str,
        memo: &str,
        after: i64,
    ) -> Result<(), Fault> {
        self.prepare_payment(person, amount, memo, after).await?;
        confirm(person).await
    }

    /// The same while the partner is away.
    pub(super) async fn pay_alone(
        &mut self,
        person: &Person,
        amount: &str,
        memo: &str,
        after: i64,
    ) -> Result<(), Fault> {
        self.prepare_payment(person, amount, memo, after).await?;
        confirm_alone(person).await
    }

    async fn prepare_payment(
        &mut self,
        person: &Person,
        amount: &str,
        memo: &str,
        after: i64,
    ) -> Result<(), Fault> {
        self.fill_in_payment(person, amount, memo, after).await?;
        person.page().click("pay-review").await?;
        ready_to_sign(person, "pay").await?;
        person.page().wait_attribute("sign-after", "data-milli", &after.to_string()).await
    }

    /// The port at which somebody takes calls.
    pub(super) const fn port(&self, who: Who) -> u16 {
        let [ana, ben, cy] = self.ports;
        match who {
            Who::Ana => ana,
            Who::Ben => ben,
            Who::Cy => cy,
        }
    }

    /// Somebody's ledger, to be read while their wallet is closed.
    pub(super) fn ledger(&self, who: Who) -> Ledger<'_> {
        Ledger::of(&self.stage, &self.programs.node, &self.profile(who))
    }

    /// What lies on somebody's disk, read while their wallet is closed; every signature and hash is checked again.
    pub(super) fn on_disk(&self, who: Who) -> Result<Value, Fault> {
        let ledger = self.ledger(who);
        ledger.ask(&["verify"])?;
        let tallies = ledger.ask(&["tally", "list"])?;
        let id = tallies[0]["id"].as_str().unwrap_or_default().to_owned();
        ledger.ask(&["tally", "show", &id])
    }

    /// Insists that a tally on somebody's disk says this; facts are JSON pointers with what they lead to.
    pub(super) fn check_disk(&self, who: Who, facts: &[(&str, Value)]) -> Result<Value, Fault> {
        let tally = self.on_disk(who)?;
        for (pointer, expected) in facts {
            let actual = tally.pointer(pointer).cloned().unwrap_or_default();
            let what = format!("{pointer} on {}'s disk", who.name());
            Fault::unless_equal(&what, &expected.to_string(), &actual.to_string())?;
        }
        Ok(tally)
    }

    /// Insists that both ledgers end with the same entry; both wallets are closed.
    pub(super) fn check_same_on_disks(&self) -> Result<(), Fault> {
        let [ana, ben] = [self.on_disk(Who::Ana)?, self.on_disk(Who::Ben)?];
        for pointer in ["/proof/digest", "/proof/head", "/proof/headHash"] {
            let [ana, ben] = [&ana, &ben].map(|tally| tally.pointer(pointer).cloned().unwrap_or_default());
            Fault::unless_equal(&format!("{pointer} on both disks"), &ana.to_string(), &ben.to_string())?;
        }
        Ok(())
    }
}
