//! The texts that tallies are signed under.

use std::io::{self, Read as _};
use std::path::Path;

use tallystick_node::MAX_CONTRACT;
use tallystick_node::view::{ContractView, Failure, FailureCode};

use super::once;
use crate::args::{Common, ContractVerb};
use crate::fault::Fault;
use crate::request::Request;
use crate::say::Say;
use crate::words;

pub(super) async fn perform(common: &Common, verb: ContractVerb, say: Say) -> Result<(), Fault> {
    match verb {
        ContractVerb::List => {
            let contracts: Vec<ContractView> = once(common, Request::Contracts).await?;
            say.view(&contracts, || {
                contracts.iter().map(words::contract_line).collect::<Vec<_>>().join("\n")
            });
        }
        ContractVerb::Show { hash } => {
            let contract: ContractView = once(common, Request::Contract { hash }).await?;
            say.view(&contract, || words::lines(&contract.text));
        }
        ContractVerb::Import { file } => {
            let text = read(&file)?;
            let contract: ContractView = once(common, Request::ContractImport { text }).await?;
            say.view(&contract, || words::contract_line(&contract));
        }
    }
    Ok(())
}

/// The text of a file, unless it is longer than any contract.
fn read(path: &Path) -> Result<String, Fault> {
    let refused = |source| Fault::File { path: path.to_path_buf(), doing: "read", source };
    let most = u64::try_from(MAX_CONTRACT).unwrap_or(u64::MAX) + 1;
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    read.map_err(refused)?;
    let text = String::from_utf8(bytes).ok().filter(|text| text.len() <= MAX_CONTRACT);
    let refusal = || Failure { code: FailureCode::NotAContract, retryable: false, safe_to_repeat: true };
    text.ok_or_else(|| Fault::Refused(refusal()))
}
