//! What goes over the wire: DNS-SD over multicast DNS (RFC 6763, RFC 6762), and only what we need of it.

use std::net::SocketAddrV4;

use simple_dns::rdata::{A, PTR, RData, SRV, TXT};
use simple_dns::{
    CLASS, CharacterString, Name, Packet, PacketFlag, Question, ResourceRecord, SimpleDnsError, TYPE,
};
use tallystick_noise::lan::Tag;

/// The longest packet that is looked at: more than any wallet says.
pub(super) const LONGEST: usize = 4_096;

/// Entries of a packet that is looked at.
const MOST_ENTRIES: u16 = 64;

/// Wallets that one packet may announce. An honest one announces itself.
const MOST_INSTANCES: usize = 2;

/// Tags that fit into one text of a record, which has 255 bytes and a name.
const TAGS_A_TEXT: usize = 31;

/// What all wallets are found under.
const SERVICE: &str = "_tallystick._tcp.local";

/// What every packet about wallets has in it. Names are spelled out where they come first, and we spell it so.
const NAMED: &[u8] = b"\x0b_tallystick\x04_tcp";

/// The name of the texts that hold tags.
const TEXT: &str = "t";

/// For how long what is said holds, in s: the usual for what goes with an address (RFC 6762, 10).
const HOLDS: u32 = 120;

/// What one wallet says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Announcement {
    /// What it calls itself in this window: chance.
    pub(super) name: String,
    /// Where it takes calls. Of one heard only the port is its word: its address is the packet's.
    pub(super) port: u16,
    /// For its partners.
    pub(super) tags: Vec<Tag>,
}

/// What a packet says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Somebody looks for wallets, and knows of these already.
    Asked(Vec<String>),
    /// Wallets announce themselves.
    Announced(Vec<Announcement>),
}

/// Asks for wallets.
pub(super) fn ask() -> Result<Vec<u8>, SimpleDnsError> {
    let mut packet = Packet::new_query(0);
    let question = Question::new(Name::new(SERVICE)?, TYPE::PTR.into(), CLASS::IN.into(), false);
    packet.questions.push(question);
    packet.build_bytes_vec_compressed()
}

/// Announces a wallet at one of its addresses.
pub(super) fn announce(said: &Announcement, at: SocketAddrV4) -> Result<Vec<u8>, SimpleDnsError> {
    let service = Name::new(SERVICE)?;
    let (instance, host) = (format!("{}.{SERVICE}", said.name), format!("{}.local", said.name));
    let (instance, host) = (Name::new(&instance)?, Name::new(&host)?);
    let mut texts = TXT::new();
    for tags in said.tags.chunks(TAGS_A_TEXT) {
        let bytes: Vec<u8> = tags.iter().flat_map(|tag| tag.0).collect();
        texts.add_char_string(CharacterString::new(&[TEXT.as_bytes(), b"=", &bytes].concat())?.into_owned());
    }
    let record =
        |name: &Name<'_>, rdata| ResourceRecord::new(name.clone().into_owned(), CLASS::IN, HOLDS, rdata);
    let mut packet = Packet::new_reply(0);
    packet.set_flags(PacketFlag::AUTHORITATIVE_ANSWER);
    packet.answers.push(record(&service, RData::PTR(PTR(instance.clone()))));
    let srv = SRV { priority: 0, weight: 0, port: said.port, target: host.clone() };
    let ours = [
        record(&instance, RData::SRV(srv)),
        record(&instance, RData::TXT(texts)),
        record(&host, RData::A(A { address: u32::from(*at.ip()) })),
    ];
    packet.additional_records.extend(ours.into_iter().map(|record| record.with_cache_flush(true)));
    packet.build_bytes_vec_compressed()
}

/// What a packet says, if it is about wallets. Whatever is odd about it, it says nothing.
pub(super) fn read(bytes: &[u8]) -> Option<Said> {
    let counts = bytes.get(4..12)?.as_chunks::<2>().0;
    let entries = counts.iter().try_fold(0_u16, |sum, count| sum.checked_add(u16::from_be_bytes(*count)))?;
    let named = bytes.windows(NAMED.len()).any(|part| part == NAMED);
    if bytes.len() > LONGEST || entries > MOST_ENTRIES || !named {
        return None;
    }
    let packet = Packet::parse(bytes).ok()?;
    let service = Name::new(SERVICE).ok()?;
    if packet.has_flags(PacketFlag::RESPONSE) {
        announced(&packet, &service)
    } else {
        asked(&packet, &service)
    }
}

fn asked(packet: &Packet<'_>, service: &Name<'_>) -> Option<Said> {
    let wanted = |question: &Question<'_>| {
        let of_kind = question.qtype == TYPE::PTR.into() || question.qtype == simple_dns::QTYPE::ANY;
        of_kind && question.qname == *service
    };
    let known = |record: &ResourceRecord<'_>| match &record.rdata {
        RData::PTR(PTR(instance)) if record.ttl >= HOLDS / 2 => label(instance, service),
        _ => None,
    };
    packet
        .questions
        .iter()
        .any(wanted)
        .then(|| Said::Asked(packet.answers.iter().filter_map(known).collect()))
}

fn announced(packet: &Packet<'_>, service: &Name<'_>) -> Option<Said> {
    let records = || packet.answers.iter().chain(&packet.additional_records);
    let mut announced = Vec::new();
    for record in records() {
        let (RData::SRV(srv), Some(name)) = (&record.rdata, label(&record.name, service)) else { continue };
        let of_it = records().filter(|other| other.name == record.name);
        let texts = of_it.filter_map(|other| match &other.rdata {
            RData::TXT(texts) => Some(texts.iter_raw()),
            _ => None,
        });
        let texts = texts.flatten().filter(|(key, _)| key.eq_ignore_ascii_case(TEXT.as_bytes()));
        let tags: Vec<Tag> = texts
            .filter_map(|(_, value)| value)
            .flat_map(|value| value.as_chunks::<8>().0)
            .map(|tag| Tag(*tag))
            .collect();
        if srv.port != 0 && !tags.is_empty() && announced.len() < MOST_INSTANCES {
            announced.push(Announcement { name, port: srv.port, tags });
        }
    }
    (!announced.is_empty()).then_some(Said::Announced(announced))
}

/// What an instance of a service calls itself.
fn label(instance: &Name<'_>, service: &Name<'_>) -> Option<String> {
    let own = instance.without(service)?;
    let [label] = own.get_labels() else { return None };
    Some(String::from_utf8_lossy(label.as_ref()).into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at() -> SocketAddrV4 {
        "192.168.1.5:65430".parse().expect("an address")
    }

    fn said(tags: u8) -> Announcement {
        let tags = (0..tags).map(|nth| Tag([nth, b'=', 0, 0xff, 3, 4, 5, 6])).collect();
        Announcement { name: "0123456789abcdef".to_owned(), port: 65_430, tags }
    }

    #[test]
    fn what_is_said_is_heard() {
        for tags in [1, 31, 32, 128] {
            let bytes = announce(&said(tags), at()).expect("a packet");

            assert!(bytes.len() < 1_400, "{} bytes do not fit into one packet of most networks", bytes.len());
            assert_eq!(read(&bytes), Some(Said::Announced(vec![said(tags)])));
        }
        assert_eq!(read(&ask().expect("a packet")), Some(Said::Asked(Vec::new())));
    }

    /// Bytes as RFC 1035 and RFC 6762 have them, put together by hand.
    #[test]
    fn a_question_is_what_the_standard_says_it_is() {
        let by_hand = b"\0\0\0\0\0\x01\0\0\0\0\0\0\x0b_tallystick\x04_tcp\x05local\0\0\x0c\0\x01";

        assert_eq!(ask().expect("a packet"), by_hand);
    }

    #[test]
    fn who_knows_of_us_already_says_so() {
        let mut question = Packet::new_query(0);
        let service = Name::new(SERVICE).expect("a name");
        question.questions.push(Question::new(service.clone(), TYPE::PTR.into(), CLASS::IN.into(), false));
        let instance = Name::new("abc._tallystick._tcp.local").expect("a name");
        for (ttl, known) in [(119, vec!["abc".to_owned()]), (59, Vec::new())] {
            let record =
                ResourceRecord::new(service.clone(), CLASS::IN, ttl, RData::PTR(PTR(instance.clone())));
            question.answers = vec![record];
            let bytes = question.build_bytes_vec_compressed().expect("a packet");

            assert_eq!(read(&bytes), Some(Said::Asked(known)));
        }
    }

    #[test]
    fn what_is_not_about_wallets_or_is_too_much_says_nothing() {
        let bytes = announce(&said(3), at()).expect("a packet");
        let mut others = bytes.clone();
        let place = others.windows(4).position(|part| part == b"tall").expect("named");
        others[place] = b'm';
        let many = [&bytes[..6], &[0xff; 6], &bytes[12..]].concat();
        let long = [bytes.clone(), vec![0; LONGEST]].concat();
        let no_port = announce(&Announcement { port: 0, ..said(3) }, at()).expect("a packet");
        let no_tags = announce(&said(0), at()).expect("a packet");

        for bytes in [others, many, long, no_port, no_tags, Vec::new()] {
            assert_eq!(read(&bytes), None);
        }
    }

    #[test]
    fn pointers_that_lead_in_circles_lead_nowhere() {
        let head = b"\0\0\x84\0\0\0\0\x01\0\0\0\0";
        let records = b"\xc0\x0c\0\x21\0\x01\0\0\0\x78\0\x08\0\0\0\0\0\x07\xc0\x0c";
        let bytes = [&head[..], records, NAMED].concat();

        assert_eq!(read(&bytes), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_and_no_change_makes_more_of_it(
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = announce(&said(9), at()).expect("a packet");
            for (place, value) in changes {
                *place.get_mut(&mut bytes) = value;
            }
            let _ = read(&bytes[..cut.index(bytes.len())]);

            if let Some(Said::Announced(announced)) = read(&bytes) {
                prop_assert!(announced.len() <= MOST_INSTANCES);
                prop_assert!(announced.iter().all(|one| one.tags.len() <= LONGEST / 8));
            }
        }

        #[test]
        fn junk_with_the_right_name_in_it_does_no_harm(before in any::<[u8; 12]>(), after in any::<Vec<u8>>()) {
            let _ = read(&[&before[..], NAMED, b"\x05local\0", &after].concat());
        }
    }
}
