//! What some of the variables say about the demo's open connection, in plain words.

use anyhow::{Context, Result, ensure};
use estats_spec::Id;

use super::stage::LOSS_PERCENT;
use super::tools::Values;
use super::traffic::TRANSFER;

/// The variables that are explained, in the order of the story, and what each of them tells. `{}` stands for its value.
const STORY: &[(Id, &str)] = &[
    (Id::HCThruOctetsAcked, "The peer has acknowledged {} octets"),
    (
        Id::SegsOut,
        "That took {} segments, counting repetitions and pure acknowledgements",
    ),
    (Id::SegsRetrans, "{} of them repeat data that had been sent before"),
    (
        Id::CongSignals,
        "{} times the loss was taken as a sign of congestion, and the congestion window reduced",
    ),
    (
        Id::FastRetran,
        "{} times duplicate acknowledgements told of the loss, so that recovery began at once",
    ),
    (Id::Timeouts, "{} times only the retransmission timer noticed"),
    (Id::SmoothedRTT, "A round trip takes {} ms, smoothed over many"),
    (Id::MinRTT, "The fastest took {} ms"),
    (
        Id::MaxRTT,
        "and the slowest {} ms: the difference is queues, delayed acknowledgements and repetition",
    ),
    (Id::CurMSS, "A segment carries up to {} octets of data"),
    (
        Id::CurCwnd,
        "The congestion window lets {} octets be on their way at a time",
    ),
    (
        Id::CurSsthresh,
        "Up to {} octets it grows fast (slow start), above cautiously",
    ),
    (Id::CurRwinRcvd, "The peer's receive window would allow {} octets"),
];

/// Prints the variables with their values and what they say, then checks what can be checked.
///
/// # Errors
/// When the values contradict what the demo did.
pub(crate) fn print(values: &Values) -> Result<()> {
    let width = STORY.iter().map(|(id, _)| id.name().len()).max().unwrap_or_default();
    for (id, sentence) in STORY {
        let (value, sentence) = match values.get(id) {
            Some(value) => (value.to_string(), sentence.replace("{}", &grouped(*value))),
            None => (
                "-".to_owned(),
                "not delivered on this kernel: `estatsd instruments` says why".to_owned(),
            ),
        };
        println!("{id:width$} = {value:<10}  {sentence}.");
    }
    println!(
        "({} variables were read. `readvars --help` and the documentation tell the rest.)\n",
        values.len()
    );
    check(values)
}

fn check(values: &Values) -> Result<()> {
    let value = |id: Id| values.get(&id).with_context(|| format!("readvars did not print {id}"));
    let acknowledged = *value(Id::HCThruOctetsAcked)?;
    let (sent, syn) = (TRANSFER as i128, 1);
    ensure!(
        acknowledged == sent + syn,
        "HCThruOctetsAcked is {acknowledged}, but the demo sent {sent} octets and a SYN, which counts as one"
    );
    println!(
        "The demo sent {} octets, and the SYN counts as one: HCThruOctetsAcked is exact.",
        grouped(sent)
    );
    let (repeated, segments) = (*value(Id::SegsRetrans)?, *value(Id::DataSegsOut)?);
    ensure!(
        repeated > 0,
        "SegsRetrans is 0, although {LOSS_PERCENT} % of the segments were dropped"
    );
    let tenths = repeated * 1000 / segments.max(1);
    println!(
        "{}.{} % of the segments with data were repetitions; the packet filter drops {LOSS_PERCENT} %, at random.",
        tenths / 10,
        tenths % 10
    );
    Ok(())
}

/// With a comma before every three digits.
fn grouped(value: i128) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_grouped() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (4_194_304, "4,194,304"),
            (-123_456, "-123,456"),
        ];
        for (value, text) in cases {
            assert_eq!(grouped(value), text);
        }
    }

    #[test]
    fn every_sentence_has_its_value() {
        assert!(STORY.iter().all(|(_, sentence)| sentence.contains("{}")));
    }
}
