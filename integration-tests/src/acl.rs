//! Kafka's access rules: read from the rendered chart, and given to a broker.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::Duration,
};

/// What one user may do with one resource.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rule {
    /// The user.
    pub user: String,
    /// `topic`, `group` or `transactionalId`.
    pub resource: String,
    /// The name of the resource, or how it begins.
    pub name: String,
    /// Whether the name is only a beginning.
    pub is_prefix: bool,
    /// The operation, as Strimzi writes it.
    pub operation: String,
}

/// The rules of all `KafkaUser`s in manifests of Kubernetes, as the chart writes them: a resource in
/// one line, its operations in the next.
pub fn rules(manifests: &str) -> Vec<Rule> {
    let mut rules = Vec::new();
    for document in manifests.split("\n---").filter(|it| it.contains("\nkind: KafkaUser\n")) {
        let user = document.lines().find_map(|line| line.strip_prefix("  name: "));
        let mut resource = None;
        for line in document.lines().map(str::trim) {
            if let Some(fields) = line.strip_prefix("- resource: ") {
                resource = Some(fields);
            }
            let operations = line.strip_prefix("operations: [").and_then(|it| it.strip_suffix(']'));
            let (Some(operations), Some(user), Some(fields)) = (operations, user, resource) else {
                continue;
            };
            rules.extend(operations.split(", ").map(|operation| Rule {
                user: user.to_owned(),
                resource: field(fields, "type"),
                name: field(fields, "name"),
                is_prefix: field(fields, "patternType") == "prefix",
                operation: operation.to_owned(),
            }));
        }
    }
    rules
}

/// A field of `{a: b, c: d}`.
fn field(fields: &str, name: &str) -> String {
    let inner = fields.trim_matches(['{', '}']);
    let mut pairs = inner.split(", ").filter_map(|pair| pair.split_once(": "));
    pairs.find(|(key, _)| *key == name).map_or_else(String::new, |(_, value)| value.to_owned())
}

/// Gives a broker rules, over a listener whose clients may do so: the request `CreateAcls` of Kafka's
/// protocol in its version 1, which librdkafka's binding does not have.
pub fn allow(address: &str, rules: &[Rule]) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(&request(rules)?)?;
    let mut size = [0; 4];
    stream.read_exact(&mut size)?;
    let size = usize::try_from(i32::from_be_bytes(size)).map_err(io::Error::other)?;
    let mut answer = vec![0; size];
    stream.read_exact(&mut answer)?;
    // The number of the request and the throttling come first, then an error and a text a rule.
    let mut rest = answer.get(8..).unwrap_or_default();
    let count = i32::from_be_bytes(take(&mut rest)?);
    for rule in rules.iter().take(usize::try_from(count).unwrap_or_default()) {
        let error = i16::from_be_bytes(take(&mut rest)?);
        let length = i16::from_be_bytes(take(&mut rest)?);
        let text = rest.split_off(..usize::try_from(length).unwrap_or_default());
        if error != 0 {
            let text = String::from_utf8_lossy(text.unwrap_or_default());
            return Err(io::Error::other(format!("error {error} for {rule:?}: {text}")));
        }
    }
    if usize::try_from(count).ok() == Some(rules.len()) {
        return Ok(());
    }
    Err(io::Error::other(format!("{count} answers for {} rules", rules.len())))
}

fn take<const N: usize>(rest: &mut &[u8]) -> io::Result<[u8; N]> {
    let (bytes, left) = rest.split_first_chunk().ok_or(io::ErrorKind::UnexpectedEof)?;
    *rest = left;
    Ok(*bytes)
}

fn request(rules: &[Rule]) -> io::Result<Vec<u8>> {
    const CREATE_ACLS: i16 = 30;
    const VERSION: i16 = 1;
    const ALLOW: u8 = 3;
    let mut body = Vec::new();
    body.extend(CREATE_ACLS.to_be_bytes());
    body.extend(VERSION.to_be_bytes());
    body.extend(0i32.to_be_bytes());
    text(&mut body, "dateline-test")?;
    body.extend(i32::try_from(rules.len()).map_err(io::Error::other)?.to_be_bytes());
    for rule in rules {
        body.push(number(&rule.resource, &[("topic", 2), ("group", 3), ("transactionalId", 5)])?);
        text(&mut body, &rule.name)?;
        body.push(if rule.is_prefix { 4 } else { 3 });
        text(&mut body, &format!("User:{}", rule.user))?;
        text(&mut body, "*")?;
        let operations =
            [("Read", 3), ("Write", 4), ("Create", 5), ("Describe", 8), ("DescribeConfigs", 10)];
        body.push(number(&rule.operation, &operations)?);
        body.push(ALLOW);
    }
    let size = i32::try_from(body.len()).map_err(io::Error::other)?;
    Ok([size.to_be_bytes().to_vec(), body].concat())
}

fn text(body: &mut Vec<u8>, text: &str) -> io::Result<()> {
    body.extend(i16::try_from(text.len()).map_err(io::Error::other)?.to_be_bytes());
    body.extend(text.as_bytes());
    Ok(())
}

fn number(word: &str, numbers: &[(&str, u8)]) -> io::Result<u8> {
    let found = numbers.iter().find(|(known, _)| *known == word).map(|(_, number)| *number);
    found.ok_or_else(|| io::Error::other(format!("{word:?} is no word that the chart may use")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_rules_of_a_chart() {
        let text = "---\nkind: KafkaTopic\nmetadata:\n  name: x\n---\n# Source\nkind: KafkaUser\n\
                    metadata:\n  name: dateline-cleaner\nspec:\n    acls:\n      \
                    - resource: {type: topic, name: dateline., patternType: prefix}\n        \
                    operations: [Read, Describe]\n";
        let rule = |operation: &str| Rule {
            user: "dateline-cleaner".to_owned(),
            resource: "topic".to_owned(),
            name: "dateline.".to_owned(),
            is_prefix: true,
            operation: operation.to_owned(),
        };
        assert_eq!(rules(text), [rule("Read"), rule("Describe")]);
    }
}
