//! The page inside a window, by its test ids; every act waits until it can be done.

use std::fmt::Debug;
use std::path::Path;
use std::time::Instant;

use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::{BLINK, Fault, PATIENCE};

/// What is in a window.
#[derive(Debug)]
pub struct Page {
    client: Client,
}

impl Page {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Waits until something is on the page.
    pub async fn wait(&self, id: &str) -> Result<(), Fault> {
        self.until(id, "to appear", |seen| seen.is_some().then_some(())).await
    }

    /// Waits until something is no longer on the page.
    pub async fn wait_gone(&self, id: &str) -> Result<(), Fault> {
        self.until(id, "to go away", |seen| seen.is_none().then_some(())).await
    }

    /// The words of something, once it is on the page.
    pub async fn text(&self, id: &str) -> Result<String, Fault> {
        self.until(id, "to appear", |seen| Some(words(&seen?))).await
    }

    /// Waits until the words of something are these.
    pub async fn wait_text(&self, id: &str, expected: &str) -> Result<(), Fault> {
        self.until(id, &format!("to read {expected:?}"), |seen| (words(&seen?) == expected).then_some(()))
            .await
    }

    /// Waits until the words of something hold these.
    pub async fn wait_words(&self, id: &str, part: &str) -> Result<(), Fault> {
        self.until(id, &format!("to say {part:?}"), |seen| words(&seen?).contains(part).then_some(())).await
    }

    /// An attribute of something, once that is on the page and has it.
    pub async fn attribute(&self, id: &str, name: &str) -> Result<String, Fault> {
        let waited = format!("to have {name}");
        self.until(id, &waited, |seen| Some(seen?["attributes"][name].as_str()?.to_owned())).await
    }

    /// Waits until an attribute of something is this.
    pub async fn wait_attribute(&self, id: &str, name: &str, expected: &str) -> Result<(), Fault> {
        let waited = format!("to have {name}={expected:?}");
        self.until(id, &waited, |seen| (seen?["attributes"][name].as_str()? == expected).then_some(())).await
    }

    /// Insists that something is on the page now, or is not.
    pub async fn assert_there(&self, id: &str, expected: bool) -> Result<(), Fault> {
        let there = self.look(id).await?.is_some();
        Fault::unless_equal(&format!("whether there is {id}"), &expected.to_string(), &there.to_string())
    }

    /// Whether something is on the page now.
    pub async fn is_there(&self, id: &str) -> Result<bool, Fault> {
        Ok(self.look(id).await?.is_some())
    }

    /// Where something lies on the page: left, top, width and height, in whole pixels.
    pub(crate) async fn place(&self, id: &str) -> Result<[u32; 4], Fault> {
        self.wait(id).await?;
        let place = self.run(PLACE, vec![json!(selector(id))]).await?;
        serde_json::from_value(place)
            .map_err(|error| Fault::Waited { what: format!("the place of {id}"), seen: error.to_string() })
    }

    /// Insists that something can be pressed now, or cannot.
    pub async fn assert_enabled(&self, id: &str, expected: bool) -> Result<(), Fault> {
        let seen = self.until(id, "to appear", |seen| seen?["enabled"].as_bool()).await?;
        Fault::unless_equal(&format!("whether {id} can be pressed"), &expected.to_string(), &seen.to_string())
    }

    /// What a field holds, once it is on the page.
    pub async fn value(&self, id: &str) -> Result<String, Fault> {
        self.until(id, "to hold something", |seen| {
            let value = seen?["value"].as_str()?.to_owned();
            (!value.is_empty()).then_some(value)
        })
        .await
    }

    /// Insists that nothing on the page is cut off, and that nothing has to be scrolled sideways.
    pub async fn assert_fits(&self, what: &str) -> Result<(), Fault> {
        let misfits = self.run(MISFITS, Vec::new()).await?;
        Fault::unless_equal(&format!("what is cut off on {what}"), "[]", &misfits.to_string())
    }

    /// Waits until the page is so wide and so high.
    pub(crate) async fn wait_size(&self, width: u16, height: u16) -> Result<(), Fault> {
        let start = Instant::now();
        let wanted = json!([width, height]);
        loop {
            let seen = self.run("return [innerWidth, innerHeight]", Vec::new()).await?;
            if seen == wanted {
                return Ok(());
            }
            if start.elapsed() > PATIENCE {
                return Err(Fault::Waited { what: format!("a page of {wanted}"), seen: seen.to_string() });
            }
            sleep(BLINK).await;
        }
    }

    /// Waits until something can be pressed.
    pub async fn wait_enabled(&self, id: &str) -> Result<(), Fault> {
        self.until(id, "to be ready to be pressed", |seen| seen?["enabled"].as_bool()?.then_some(())).await
    }

    /// Presses something, as soon as it can be pressed.
    pub async fn click(&self, id: &str) -> Result<(), Fault> {
        self.wait_enabled(id).await?;
        self.insist(id, "to be pressed", async || {
            let clicked = self.client.find(Locator::Css(&selector(id))).await?.click().await;
            if let Err(CmdError::Standard(_)) = &clicked {
                // Perhaps half of it is out of sight, which the driver does not scroll for; a person does.
                self.client.execute(SCROLL, vec![json!(selector(id))]).await?;
            }
            clicked
        })
        .await
    }

    /// How many of something are on the page, once there are so many.
    pub async fn wait_count(&self, id: &str, expected: usize) -> Result<(), Fault> {
        let start = Instant::now();
        loop {
            let seen = self.run(COUNT, vec![json!(selector(id))]).await?;
            if seen == json!(expected) {
                return Ok(());
            }
            if start.elapsed() > PATIENCE {
                return Err(self.vain(id, &format!("to be there {expected} times"), &seen).await);
            }
            sleep(BLINK).await;
        }
    }

    /// Puts words into a field in place of what it holds.
    pub async fn type_text(&self, id: &str, text: &str) -> Result<(), Fault> {
        self.click(id).await?;
        let all = String::from(char::from(Key::Control)) + "a" + &String::from(char::from(Key::Null));
        self.insist(id, "to take words", async || {
            let field = self.client.find(Locator::Css(&selector(id))).await?;
            field.send_keys(&all).await?;
            field.send_keys(text).await
        })
        .await?;
        self.until(id, &format!("to hold {text:?}"), |seen| (seen?["value"].as_str()? == text).then_some(()))
            .await
    }

    /// Chooses a file in a file field, which may be hidden behind a button.
    pub async fn choose_file(&self, id: &str, path: &Path) -> Result<(), Fault> {
        self.wait(id).await?;
        let path = path.display().to_string();
        self.insist(id, "to take a file", async || {
            self.client.find(Locator::Css(&selector(id))).await?.send_keys(&path).await
        })
        .await
    }

    /// Chooses one of a list.
    pub async fn choose(&self, id: &str, value: &str) -> Result<(), Fault> {
        self.wait_enabled(id).await?;
        self.insist(id, "to take a choice", async || {
            self.client.find(Locator::Css(&selector(id))).await?.select_by_value(value).await
        })
        .await
    }

    /// Counts from now on how often something is drawn on a canvas; gives how often it was since it was last asked.
    pub async fn count_drawn(&self) -> Result<u64, Fault> {
        Ok(self.run(DRAWN, Vec::new()).await?.as_u64().unwrap_or_default())
    }

    /// Counts from now on what briefly says that something happened; gives how many there were since it was last asked.
    pub async fn count_toasts(&self) -> Result<u64, Fault> {
        Ok(self.run(TOASTS, Vec::new()).await?.as_u64().unwrap_or_default())
    }

    /// Waits until nothing moves: fonts are there, animations are over, and two frames have been drawn since.
    pub(crate) async fn settle(&self) -> Result<(), Fault> {
        let start = Instant::now();
        loop {
            if self.run(SETTLED, Vec::new()).await? == json!(true) {
                break;
            }
            if start.elapsed() > PATIENCE {
                let seen = "something still moves".to_owned();
                return Err(Fault::Waited { what: "the page to stand still".to_owned(), seen });
            }
            sleep(BLINK).await;
        }
        answered(async || self.client.execute_async(TWO_FRAMES, Vec::new()).await).await.map(drop)
    }

    /// Looks until the answer is there.
    async fn until<T>(
        &self,
        id: &str,
        waited: &str,
        answer: impl Fn(Option<Value>) -> Option<T>,
    ) -> Result<T, Fault> {
        let start = Instant::now();
        loop {
            let seen = self.look(id).await?;
            if let Some(answer) = answer(seen.clone()) {
                return Ok(answer);
            }
            if start.elapsed() > PATIENCE {
                return Err(self.vain(id, waited, &seen).await);
            }
            sleep(BLINK).await;
        }
    }

    /// Repeats an act while the page moves under it.
    async fn insist(
        &self,
        id: &str,
        waited: &str,
        act: impl AsyncFn() -> Result<(), CmdError>,
    ) -> Result<(), Fault> {
        let start = Instant::now();
        loop {
            match timeout(PATIENCE, act()).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) if start.elapsed() > PATIENCE => {
                    return Err(self.vain(id, waited, &error).await);
                }
                Ok(Err(CmdError::Standard(_))) => sleep(BLINK).await,
                Ok(Err(error)) => return Err(error.into()),
                Err(_) => return Err(silent()),
            }
        }
    }

    async fn look(&self, id: &str) -> Result<Option<Value>, Fault> {
        let seen = self.run(LOOK, vec![json!(selector(id))]).await?;
        Ok(if seen.is_null() { None } else { Some(seen) })
    }

    async fn run(&self, script: &str, args: Vec<Value>) -> Result<Value, Fault> {
        answered(async || self.client.execute(script, args.clone()).await).await
    }

    async fn vain(&self, id: &str, waited: &str, seen: &impl Debug) -> Fault {
        let ids = self.run(IDS, Vec::new()).await.unwrap_or_default();
        Fault::Waited { what: format!("{id} {waited}"), seen: format!("it was {seen:?}; on the page: {ids}") }
    }
}

/// The answer of a script. The driver may lose it if the page was changed while the script ran; scripts here only look, so
/// that looking again does no harm, and what is wrong with a script itself stays wrong.
async fn answered(script: impl AsyncFn() -> Result<Value, CmdError>) -> Result<Value, Fault> {
    let start = Instant::now();
    loop {
        match timeout(PATIENCE, script()).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(CmdError::Standard(_))) if start.elapsed() < PATIENCE => sleep(BLINK).await,
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => return Err(silent()),
        }
    }
}

fn words(seen: &Value) -> String {
    seen["text"].as_str().unwrap_or_default().to_owned()
}

/// A test id, perhaps with attributes, or several, each inside the one before: `request-over[data-state=paid] request-again`.
fn selector(id: &str) -> String {
    let one = |word: &str| {
        let (id, attributes) = word.split_at(word.find('[').unwrap_or(word.len()));
        format!("[data-testid=\"{id}\"]{attributes}")
    };
    id.split(' ').map(one).collect::<Vec<_>>().join(" ")
}

fn silent() -> Fault {
    Fault::Waited { what: "an answer from the window".to_owned(), seen: "it is silent".to_owned() }
}

/// The first element that matches: its words, value, attributes, and whether it can be pressed.
const LOOK: &str = "
    const found = document.querySelector(arguments[0]);
    if (found === null) return null;
    const attributes = Object.fromEntries(found.getAttributeNames().map((name) => [name, found.getAttribute(name)]));
    const enabled = !found.matches(':disabled') && found.getAttribute('aria-disabled') !== 'true';
    return { text: (found.innerText ?? found.textContent).replace(/\\s+/g, ' ').trim(), value: found.value ?? null, attributes, enabled };
";

/// Brings the first element that matches into the middle, if it is there.
const SCROLL: &str = "document.querySelector(arguments[0])?.scrollIntoView({ block: 'center' });";

/// How many elements match.
const COUNT: &str = "return document.querySelectorAll(arguments[0]).length;";

/// The rectangle of the first element that matches.
const PLACE: &str = "
    const box = document.querySelector(arguments[0]).getBoundingClientRect();
    return [box.left, box.top, box.width, box.height].map((length) => Math.max(0, Math.round(length)));
";

/// All names on the page, for the words of a failure.
const IDS: &str = "
    return [...document.querySelectorAll('[data-testid]')].map((found) => found.dataset.testid).join(' ');
";

/// What is wider than the page or than what cuts it off, but for what says so with an ellipsis or may be scrolled.
const MISFITS: &str = r"
    const misfits = [];
    const name = (found) => found.dataset?.testid ?? `${found.tagName.toLowerCase()} ${found.className} ${found.innerText?.slice(0, 40).toWellFormed()}`;
    const page = document.documentElement;
    if (page.scrollWidth > page.clientWidth) misfits.push(`page ${page.scrollWidth} > ${page.clientWidth}`);
    for (const found of document.body.querySelectorAll('*')) {
        if (found.closest('svg, pre, textarea, input') || !found.checkVisibility()) continue;
        const style = getComputedStyle(found);
        if (style.clipPath !== 'none' || style.position === 'fixed') continue;
        const box = found.getBoundingClientRect();
        if (box.width > 1 && box.right > innerWidth + 1) misfits.push(`${name(found)} ends at ${Math.round(box.right)}`);
        const cuts = style.overflowX !== 'visible' && style.textOverflow !== 'ellipsis' && box.width > 1;
        if (cuts && found.scrollWidth > found.clientWidth + 1)
            misfits.push(`${name(found)} holds ${found.scrollWidth} in ${found.clientWidth}`);
        // Badges sit on a corner on purpose: what counts is whether words fit.
        if (!found.matches('button, a, label') || style.overflowX !== 'visible') continue;
        for (const inner of found.querySelectorAll('*')) {
            const place = inner.getBoundingClientRect();
            const apart = getComputedStyle(inner).position === 'absolute' || place.width < 2;
            if (!apart && place.right > box.right + 1) misfits.push(`${name(found)} spills ${name(inner)}`);
        }
    }
    return misfits;
";

/// Whether fonts are loaded and everything that moves, other than for ever, has arrived.
const SETTLED: &str = "
    const moving = document.getAnimations().some((animation) =>
        animation.playState === 'running' && animation.effect?.getComputedTiming().endTime !== Infinity);
    return document.fonts.status === 'loaded' && !moving;
";

/// How many pictures were put on canvases since it was asked last.
const DRAWN: &str = "
    const drawing = CanvasRenderingContext2D.prototype;
    if (window.drawn === undefined) {
        for (const way of ['putImageData', 'drawImage']) {
            const draw = drawing[way];
            drawing[way] = function (...given) { window.drawn += 1; return draw.apply(this, given); };
        }
    }
    const count = window.drawn ?? 0;
    window.drawn = 0;
    return count;
";

/// How many toasts were put on the page since it was asked last.
const TOASTS: &str = "
    if (window.toasted === undefined) {
        const found = (node) => node.nodeType === 1 && (node.matches('[data-testid=toast]') || node.querySelector('[data-testid=toast]'));
        new MutationObserver((changes) => {
            for (const { addedNodes } of changes) window.toasted += [...addedNodes].filter(found).length;
        }).observe(document.body, { childList: true, subtree: true });
    }
    const count = window.toasted ?? 0;
    window.toasted = 0;
    return count;
";

/// Comes back after the second frame drawn from now.
const TWO_FRAMES: &str = "
    const done = arguments[arguments.length - 1];
    requestAnimationFrame(() => requestAnimationFrame(() => done(true)));
";
