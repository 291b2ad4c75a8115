"""The loops over sparse features, compiled for the processor: each touches its numbers once.

F is a sparse matrix, column by column: so many cells of each column, and the row and the value of every cell.
"""

import numba
import numpy as np
from jaxtyping import Float, Int, UInt32

compiled = numba.njit(cache=True, error_model="numpy", fastmath={"contract", "nsz", "reassoc"})


@compiled
def place_cells(
    random: np.random.Generator, counts: Int[np.ndarray, " N"], uniform: Float[np.ndarray, " nnz"], rows: int
) -> tuple[UInt32[np.ndarray, " nnz"], Float[np.ndarray, " nnz"]]:
    """Distinct rows for the cells of each column, all choices equally likely, and a value in [0, 1] for each cell.

    A uniform number's share of the rows gives the row; what is left of it, uniform again, the value. A row that the
    column has already is drawn again. A column that is mostly full is drawn by the rows that it lacks.
    """
    last_column = np.full(rows, -1)
    row, value = np.empty(len(uniform), np.uint32), np.empty(len(uniform), np.float32)
    cell = 0
    for j in range(len(counts)):
        if 2 * counts[j] <= rows:
            for _ in range(counts[j]):
                place = uniform[cell] * rows
                here = np.uint32(place)
                while last_column[here] == j:
                    place = random.random() * rows
                    here = np.uint32(place)
                last_column[here] = j
                row[cell], value[cell] = here, place - here
                cell += 1
        else:
            for _ in range(rows - counts[j]):
                here = np.uint32(random.random() * rows)
                while last_column[here] == j:
                    here = np.uint32(random.random() * rows)
                last_column[here] = j
            for here in range(rows):
                if last_column[here] != j:
                    row[cell], value[cell] = here, uniform[cell]
                    cell += 1
    return row, value


@compiled
def add_rows(
    out: Float[np.ndarray, "rows columns"],
    counts: Int[np.ndarray, " N"],
    row: UInt32[np.ndarray, " nnz"],
    value: Float[np.ndarray, " nnz"],
    table: Float[np.ndarray, "N columns"],
) -> None:
    """Out += F table."""
    cell = 0
    for j in range(len(counts)):
        source = table[j]
        for _ in range(counts[j]):
            target, weight = out[row[cell]], value[cell]
            for c in range(len(source)):
                target[c] += weight * source[c]
            cell += 1


@compiled
def collect_rows(
    out: Float[np.ndarray, "N columns"],
    counts: Int[np.ndarray, " N"],
    row: UInt32[np.ndarray, " nnz"],
    value: Float[np.ndarray, " nnz"],
    matrix: Float[np.ndarray, "rows columns"],
) -> None:
    """Out += F^T matrix."""
    cell = 0
    for j in range(len(counts)):
        target = out[j]
        for _ in range(counts[j]):
            source, weight = matrix[row[cell]], value[cell]
            for c in range(len(target)):
                target[c] += weight * source[c]
            cell += 1


@compiled
def subtract_cells(
    out: Float[np.ndarray, "rows N"],
    counts: Int[np.ndarray, " N"],
    row: UInt32[np.ndarray, " nnz"],
    value: Float[np.ndarray, " nnz"],
) -> None:
    """Out -= F."""
    cell = 0
    for j in range(len(counts)):
        for _ in range(counts[j]):
            out[row[cell], j] -= value[cell]
            cell += 1
