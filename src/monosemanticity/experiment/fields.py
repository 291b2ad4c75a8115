"""The fields of a run as the configuration writes them: a value, how it follows from others, or a list to sweep."""

from collections.abc import Callable, Collection
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from monosemanticity.experiment.quantities import InTermsOfOthers, is_formula

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,47}$")]
NAME_IN_WORDS = "a name: a letter, then letters, digits, _ or -, at most 48"
VALUE, FORMULA, SWEEP = "(value)", "(formula)", "(sweep)"
"""Tags of what a field may be; no name of the configuration looks so."""

Form = Callable[[Any], Any]
"""Makes of what a field may be what it may be written as."""


class Strict(BaseModel):
    """A part of the configuration, which refuses keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def given(self) -> dict[str, Any]:
        """The fields that were written, as parsed numbers."""
        return {name: getattr(self, name) for name in sorted(self.model_fields_set)}


def fields_of(run: type[BaseModel], left_out: Collection[str], needed: Collection[str], *forms: Form) -> dict[str, Any]:
    """The fields of a kind of run, for `create_model`; one that is not needed is None where it is not written."""
    fields = {}
    for name, field in run.model_fields.items():
        if name in left_out:
            continue
        annotation = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
        for form in forms:
            annotation = form(annotation)
        default = ... if name in needed else None
        fields[name] = (annotation, Field(default=default, description=field.description, examples=field.examples))
    return fields


def required(run: type[BaseModel]) -> set[str]:
    """The fields of a kind of run that have no neutral value."""
    return {name for name, field in run.model_fields.items() if field.is_required()}


def value_or_sweep(annotation: Any) -> Any:
    """One value, or a list of the values to sweep."""
    return Annotated[
        Annotated[annotation, Tag(VALUE)] | Annotated[list[annotation], Field(min_length=1), Tag(SWEEP)],
        Discriminator(lambda given: SWEEP if isinstance(given, list) else VALUE),
    ]


def value_or_formula(annotation: Any) -> Any:
    """A number, or how it follows from N, d or k; what is no number stays as it is."""
    if getattr(annotation, "__origin__", annotation) not in (int, float):
        return annotation
    return Annotated[
        Annotated[annotation, Tag(VALUE)] | Annotated[InTermsOfOthers, Tag(FORMULA)],
        Discriminator(lambda given: FORMULA if is_formula(given) else VALUE),
    ]
