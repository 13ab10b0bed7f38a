//! Whether two names are one edit apart: a letter wrong, added, missing, or two exchanged.

/// One edit apart and not the same.
pub(crate) fn is_one_edit(a: &str, b: &str) -> bool {
    let (ours, theirs): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if ours.len().abs_diff(theirs.len()) > 1 || ours == theirs {
        return false;
    }
    let same = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
    let (ours, theirs) = (&ours[same..], &theirs[same..]);
    let after = |rest: &[char], count: usize| rest.get(count..).map(<[char]>::to_vec);
    let is_exchange = ours.len() > 1
        && theirs.len() > 1
        && (ours[0], ours[1]) == (theirs[1], theirs[0])
        && ours[2..] == theirs[2..];
    let is_missing = after(ours, 1).as_deref() == Some(theirs);
    let is_added = after(theirs, 1).as_deref() == Some(ours);
    let is_wrong = !ours.is_empty() && after(ours, 1) == after(theirs, 1);
    is_exchange || is_missing || is_added || is_wrong
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
