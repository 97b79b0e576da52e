//! What needs us, what waits for others, and what happened.

use tallystick_node::view::Activity;

use crate::args::Common;
use crate::fault::Fault;
use crate::hands::Hands;
use crate::request::Request;
use crate::say::Say;
use crate::words;

pub(super) async fn perform(common: &Common, before: Option<i64>, read: bool, say: Say) -> Result<(), Fault> {
    let mut hands = Hands::find(common).await?;
    let page = look(&mut hands, before, read).await;
    hands.rest().await;
    let page = page?;
    say.view(&page, || words::activity(&page));
    Ok(())
}

async fn look(hands: &mut Hands, before: Option<i64>, read: bool) -> Result<Activity, Fault> {
    let page: Activity = hands.ask(Request::Activity { before }).await?;
    if let Some(newest) = page.happened.first().filter(|_| read) {
        let () = hands.ask(Request::ActivityRead { through: newest.id.clone() }).await?;
    }
    Ok(page)
}
