//! Matrices, whose products are the same to the bit on every processor.
//!
//! A number of a product is one chain of fused multiply-adds in the order of the inner index. A fused
//! step is rounded once, as IEEE 754 says, so neither the width of the registers nor the size of the
//! tile can change a result; only a processor without such a step is slower, since it is emulated.

use std::array;

use fearless_simd::{Level, dispatch};

/// Columns of a panel, and rows that are multiplied at once: what sixteen registers of eight hold.
const COLUMNS: usize = 16;
const ROWS: usize = 6;

/// Numbers row by row.
#[derive(Debug, Clone)]
pub(super) struct Matrix {
    columns: usize,
    numbers: Vec<f32>,
}

impl Matrix {
    /// Numbers row by row, if they fill the rows.
    pub(super) fn new(rows: usize, columns: usize, numbers: Vec<f32>) -> Option<Self> {
        (rows.checked_mul(columns) == Some(numbers.len())).then_some(Self { columns, numbers })
    }

    /// The number of rows and of columns.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.numbers.len().checked_div(self.columns).unwrap_or(0), self.columns)
    }

    pub(super) fn rows(&self) -> usize {
        self.size().0
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// A row; empty where there is none.
    pub(super) fn row(&self, at: usize) -> &[f32] {
        self.numbers.get(at * self.columns..(at + 1) * self.columns).unwrap_or_default()
    }

    pub(super) fn rows_mut(&mut self) -> impl Iterator<Item = &mut [f32]> {
        self.numbers.chunks_exact_mut(self.columns.max(1))
    }

    pub(super) fn into_numbers(self) -> Vec<f32> {
        self.numbers
    }

    /// The same rows in another order: the row that stands at each place.
    pub(super) fn reordered(&self, row_at: impl Fn(usize) -> usize) -> Self {
        let numbers = (0..self.rows()).flat_map(|row| self.row(row_at(row))).copied().collect();
        Self { columns: self.columns, numbers }
    }

    /// Some neighbouring columns.
    pub(super) fn part(&self, first: usize, columns: usize) -> Self {
        let rows = (0..self.rows()).map(|row| self.row(row));
        let parts = rows.map(|row| row.get(first..first + columns).unwrap_or_default());
        Self { columns, numbers: parts.flatten().copied().collect() }
    }

    pub(super) fn transposed(&self) -> Self {
        let (rows, columns) = self.size();
        let cell = |at: usize| self.numbers[at % rows * columns + at / rows];
        Self { columns: rows, numbers: (0..self.numbers.len()).map(cell).collect() }
    }

    /// The product with another matrix, whose columns must be as many.
    pub(super) fn times_transposed(&self, right: &Self) -> Self {
        let right = Panels::new(&right.transposed());
        let mut numbers = vec![0.0; self.rows() * right.columns];
        right.multiply(&self.numbers, self.columns, &mut numbers);
        Self { columns: right.columns, numbers }
    }
}

/// The right side of products, cut into panels of columns that are read from front to back.
#[derive(Debug)]
pub(super) struct Panels {
    inner: usize,
    columns: usize,
    /// Panel by panel the rows of one; what the last one lacks is zero.
    rows: Vec<[f32; COLUMNS]>,
}

impl Panels {
    pub(super) fn new(matrix: &Matrix) -> Self {
        let (inner, columns) = matrix.size();
        let mut rows = Vec::with_capacity(columns.div_ceil(COLUMNS) * inner);
        for first in (0..columns).step_by(COLUMNS) {
            let cell = |row: &[f32], at| row.get(first + at).copied().unwrap_or_default();
            rows.extend((0..inner).map(|row| array::from_fn(|at| cell(matrix.row(row), at))));
        }
        Self { inner, columns, rows }
    }

    /// The rows and columns that it was made from.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.inner, self.columns)
    }

    /// Fills the rows of a product. The left side's rows begin `stride` numbers apart, so they may
    /// overlap; rows that the left side does not fill are left as they are.
    pub(super) fn multiply(&self, left: &[f32], stride: usize, product: &mut [f32]) {
        if self.inner == 0 || self.columns == 0 {
            product.fill(0.0);
            return;
        }
        dispatch!(Level::new(), _ => self.multiply_tiles(left, stride, product));
    }

    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for the processor")]
    #[inline(always)]
    fn multiply_tiles(&self, left: &[f32], stride: usize, product: &mut [f32]) {
        let Self { inner, columns, rows } = self;
        for (at, panel) in rows.chunks_exact(*inner).enumerate() {
            let wide = (columns - at * COLUMNS).min(COLUMNS);
            for (tile, product) in product.chunks_mut(columns * ROWS).enumerate() {
                let row = |row: usize| {
                    let first = (tile * ROWS + row) * stride;
                    left.get(first..first + inner)
                };
                let targets = product.chunks_exact_mut(*columns);
                let full: [Option<&[f32]>; ROWS] = array::from_fn(row);
                if let (ROWS, [Some(a), Some(b), Some(c), Some(d), Some(e), Some(f)]) =
                    (targets.len(), full)
                {
                    let sums = sums([a, b, c, d, e, f], panel);
                    for (target, sums) in targets.zip(&sums) {
                        target[at * COLUMNS..][..wide].copy_from_slice(&sums[..wide]);
                    }
                    continue;
                }
                for (target, row) in targets.zip(full.into_iter().flatten()) {
                    let [sums] = sums([row], panel);
                    target[at * COLUMNS..][..wide].copy_from_slice(&sums[..wide]);
                }
            }
        }
    }
}

#[expect(clippy::inline_always, reason = "only what is inlined is compiled for the processor")]
#[inline(always)]
fn sums<const N: usize>(left: [&[f32]; N], panel: &[[f32; COLUMNS]]) -> [[f32; COLUMNS]; N] {
    let left = left.map(|row| &row[..panel.len()]);
    let mut sums = [[0.0; COLUMNS]; N];
    for (at, right) in panel.iter().enumerate() {
        for (sums, left) in sums.iter_mut().zip(left) {
            let left = left[at];
            for (sum, right) in sums.iter_mut().zip(right) {
                *sum = left.mul_add(*right, *sum);
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(left: &[f32], stride: usize, right: &Matrix, rows: usize) -> Vec<u32> {
        let (inner, columns) = right.size();
        let cell = |row: usize, column: usize| {
            (0..inner)
                .fold(0.0f32, |sum, at| left[row * stride + at].mul_add(right.row(at)[column], sum))
        };
        (0..rows)
            .flat_map(|row| (0..columns).map(move |column| cell(row, column).to_bits()))
            .collect()
    }

    proptest! {
        #[test]
        fn a_product_is_the_plain_chain_of_fused_steps_to_the_bit(
            (rows, inner, columns, stride) in (0usize..15, 1usize..9, 1usize..40, 0usize..9),
            seed in any::<u32>(),
        ) {
            let mut state = seed;
            let mut number = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                f32::from((state >> 16) as u16) / 7919.0 - 4.0
            };
            let left: Vec<f32> = (0..rows * stride + inner).map(|_| number()).collect();
            let right = (0..inner * columns).map(|_| number()).collect();
            let right = Matrix::new(inner, columns, right).unwrap();
            let mut product = vec![f32::NAN; rows * columns];
            Panels::new(&right).multiply(&left, stride, &mut product);
            let product: Vec<u32> = product.iter().map(|x| x.to_bits()).collect();
            prop_assert_eq!(product, plain(&left, stride, &right, rows));
        }
    }

    #[test]
    fn a_matrix_without_numbers_is_no_trouble() {
        let empty = Matrix::new(0, 0, Vec::new()).unwrap();
        assert_eq!(empty.transposed().size(), (0, 0));
        assert_eq!(empty.times_transposed(&empty).size(), (0, 0));
        assert_eq!(Matrix::new(2, 0, Vec::new()).unwrap().part(0, 0).size(), (0, 0));
        assert!(Matrix::new(2, 2, vec![0.0; 3]).is_none());
    }
}
