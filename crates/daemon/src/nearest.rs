//! Which known word a mistyped one was meant to be.

/// The known word closest to `typed`, if any is close enough to be worth a question.
pub(crate) fn nearest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|word| (strsim::jaro_winkler(&typed.to_lowercase(), &word.to_lowercase()), word))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_a_stranger_finds_none() {
        let known = ["photos", "notes"];
        assert_eq!(nearest("phtos", known.into_iter()), Some("photos"));
        assert_eq!(nearest("Photos", known.into_iter()), Some("photos"));
        assert_eq!(nearest("music", known.into_iter()), None);
    }
}
