//! Whether two names are one edit apart: a letter wrong, added, missing, or two exchanged.

/// One edit apart and not the same.
pub(crate) fn is_one_edit(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 1 || a == b {
        return false;
    }
    let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[same..], &b[same..]);
    match (a, b) {
        ([x, y, a @ ..], [v, w, b @ ..]) if x == w && y == v && a == b => true,
        ([_, a @ ..], [_, b @ ..]) if a == b => true,
        ([_, a @ ..], b) if a == b => true,
        (a, [_, b @ ..]) => a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn edits() {
        let check =
            |a: &str, b: &str, expected: bool| assert_eq!(is_one_edit(a, b), expected, "{a} {b}");
        check("vladimir", "vladmir", true);
        check("merkel", "merkle", true);
        check("putin", "puton", true);
        check("putin", "putin", false);
        check("putin", "putting", false);
        check("", "a", true);
        check("", "ab", false);
    }

    proptest! {
        #[test]
        fn is_symmetric(a in "[a-c]{0,5}", b in "[a-c]{0,5}") {
            prop_assert_eq!(is_one_edit(&a, &b), is_one_edit(&b, &a));
        }
    }
}
