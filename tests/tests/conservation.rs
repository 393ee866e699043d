//! What one end says it sent is what the other end says it received.

use anyhow::Result;
use estats_spec::Id;
use estats_tests::impairment::Impairment;
use estats_tests::observer::number;
use estats_tests::path::{Path, Side};
use estats_tests::scene::{Family, Scene};
use estats_tests::traffic::{Options, transfer};

/// Neither a prime number of segments nor of windows.
const OCTETS: i64 = 1_234_567;

/// The octets acknowledged at one end are those received at the other.
///
/// Before either end closes there is no FIN to count. Received octets leave the SYN out, because RCV.NXT begins behind it;
/// acknowledged octets have it where the SYN was this socket's own first transmission, at the end that connected. (The
/// SYN-ACK of the other end was acknowledged before there was a socket.)
fn octets_are_conserved(from: Side, loss: u32) -> Result<()> {
    let path = Path::new(1500)?;
    path.impair(&[(from, Impairment::DropEvery(loss))])?;
    let mut scene = Scene::open(path, Family::Ipv4, Options::default(), Options::default())?;
    transfer(scene.pair.end(from), scene.pair.end(from.peer()), OCTETS.unsigned_abs())?;
    scene.pair.quiesce()?;
    let (sender, receiver) = (scene.read(from)?, scene.read(from.peer())?);
    let syn = i64::from(from == Side::Client);
    assert_eq!(number(&sender, Id::HCThruOctetsAcked), Some(OCTETS + syn));
    assert_eq!(number(&sender, Id::ThruOctetsAcked), Some(OCTETS + syn));
    assert_eq!(number(&receiver, Id::HCThruOctetsReceived), Some(OCTETS));
    assert_eq!(number(&receiver, Id::ThruOctetsReceived), Some(OCTETS));
    // The same in other words: what was sent for the first time.
    let row = |id| number(&sender, id).unwrap_or_default();
    assert_eq!(row(Id::HCDataOctetsOut) - row(Id::OctetsRetrans), OCTETS);
    assert!(row(Id::OctetsRetrans) > 0, "nothing was lost");
    Ok(())
}

#[test]
fn octets_from_the_client_are_conserved() -> Result<()> {
    octets_are_conserved(Side::Client, 60)
}

#[test]
fn octets_from_the_server_are_conserved() -> Result<()> {
    octets_are_conserved(Side::Server, 45)
}
