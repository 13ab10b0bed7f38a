//! Types by their margins: for each type a support vector machine against all others, with squared hinge loss,
//! by dual coordinate descent (Hsieh et al., ICML 2008).

use super::{
    CLASSES, Example, Plan,
    model::{DENSE, ROWS, Weights},
    train::Shuffle,
};

/// What a row of the verb table counts here of what it counts for events.
const TABLE_SHARE: f32 = 0.3;

/// The weights of the types: of what is there, and of the vectors.
pub(super) fn types(examples: &[&Example], plan: &Plan) -> (Weights, Weights) {
    let rows: Vec<Row> = examples
        .iter()
        .map(|example| Row {
            features: counted(example),
            soft: 1.0 / (2.0 * plan.type_cost * cost(example)),
        })
        .collect();
    let mut weights = vec![[0.0_f32; CLASSES.len()]; ROWS + DENSE];
    for class in 0..CLASSES.len() - 1 {
        let column = machine(&rows, |at| examples[at].class == class, plan);
        for (row, weight) in weights.iter_mut().zip(column) {
            row[class] = weight;
        }
    }
    let dense = weights.split_off(ROWS);
    (weights, dense)
}

/// An example: the rows of its features with how often it has each, and how soft its margin is.
struct Row {
    features: Vec<(usize, f32)>,
    soft: f32,
}

/// What an example counts: rows of the verb table less than where there may be none.
fn cost(example: &Example) -> f32 {
    if example.weight < 1.0 { TABLE_SHARE * example.weight } else { example.weight }
}

/// The rows of an example's features, each once, and how often it has them.
fn counted(example: &Example) -> Vec<(usize, f32)> {
    let mut rows: Vec<usize> =
        example.features.hashed.iter().map(|feature| *feature as usize % ROWS).collect();
    rows.sort_unstable();
    let mut counted: Vec<(usize, f32)> = Vec::with_capacity(rows.len());
    for row in rows {
        match counted.last_mut() {
            Some((last, times)) if *last == row => *times += 1.0,
            _ => counted.push((row, 1.0)),
        }
    }
    // The numbers of the vectors are rows behind those.
    let dense = example.features.dense.iter().enumerate();
    counted.extend(dense.map(|(at, number)| (ROWS + at, *number)));
    counted
}

/// One machine: it parts the examples that are of a class from the others.
fn machine(rows: &[Row], is_of_class: impl Fn(usize) -> bool, plan: &Plan) -> Vec<f32> {
    let mut weights = vec![0.0_f32; ROWS + DENSE];
    let mut duals = vec![0.0_f32; rows.len()];
    let mut random = Shuffle(plan.seed);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    for _ in 0..plan.type_epochs {
        random.shuffle(&mut order);
        for at in &order {
            let sign = if is_of_class(*at) { 1.0 } else { -1.0 };
            let (mut margin, mut length) = (0.0, rows[*at].soft);
            for (row, times) in &rows[*at].features {
                margin += weights[*row] * times;
                length += times * times;
            }
            let slope = sign * margin - 1.0 + duals[*at] * rows[*at].soft;
            let dual = (duals[*at] - slope / length).max(0.0);
            let step = (dual - duals[*at]) * sign;
            duals[*at] = dual;
            for (row, times) in &rows[*at].features {
                weights[*row] += step * times;
            }
        }
    }
    weights
}
