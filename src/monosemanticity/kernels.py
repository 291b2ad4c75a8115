"""The loops of training that are not matrix products, compiled for the processor: each touches its numbers once.

F is a sparse matrix, column by column: so many cells of each column, and the row and the value of every cell.
"""

import math

import numba
import numpy as np
from jaxtyping import Float, Int

_compiled = numba.njit(cache=True, error_model="numpy", fastmath={"contract", "nsz", "reassoc"})


@_compiled
def place_cells(
    random: np.random.Generator, counts: Int[np.ndarray, " N"], uniform: Float[np.ndarray, " nnz"], rows: int
) -> tuple[Int[np.ndarray, " nnz"], Float[np.ndarray, " nnz"]]:
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


@_compiled
def add_rows(
    out: Float[np.ndarray, "rows columns"],
    counts: Int[np.ndarray, " N"],
    row: Int[np.ndarray, " nnz"],
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


@_compiled
def collect_rows(
    out: Float[np.ndarray, "N columns"],
    counts: Int[np.ndarray, " N"],
    row: Int[np.ndarray, " nnz"],
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


@_compiled
def subtract_cells(
    out: Float[np.ndarray, "rows N"],
    counts: Int[np.ndarray, " N"],
    row: Int[np.ndarray, " nnz"],
    value: Float[np.ndarray, " nnz"],
) -> None:
    """Out -= F."""
    cell = 0
    for j in range(len(counts)):
        for _ in range(counts[j]):
            out[row[cell], j] -= value[cell]
            cell += 1


@_compiled
def lamb(
    weight: Float[np.ndarray, " size"],
    gradient: Float[np.ndarray, " size"],
    m: Float[np.ndarray, " size"],
    v: Float[np.ndarray, " size"],
    learning_rate: float,
    beta1: np.float32,
    beta2: np.float32,
    epsilon: np.float32,
    largest_norm: float,
) -> None:
    """One tensor's step of LAMB; its direction takes the gradient's place."""
    weight_square, direction_square = np.float32(0), np.float32(0)
    for i in range(len(weight)):
        m[i] += (gradient[i] - m[i]) * (np.float32(1) - beta1)
        v[i] = v[i] * beta2 + gradient[i] * gradient[i] * (np.float32(1) - beta2)
        gradient[i] = m[i] / (np.sqrt(v[i]) + epsilon)
        weight_square += weight[i] * weight[i]
        direction_square += gradient[i] * gradient[i]
    ratio = 1.0
    if weight_square > 0 and direction_square > 0:
        ratio = min(math.sqrt(weight_square), largest_norm) / math.sqrt(direction_square)
    pace = np.float32(learning_rate * ratio)
    for i in range(len(weight)):
        weight[i] -= pace * gradient[i]
