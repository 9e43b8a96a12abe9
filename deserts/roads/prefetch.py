"""Ask the processor for a part of an array before it is needed, so that a search waits less for the memory.

A node that enters the queue is scanned some buckets later. Its arcs lie in memory that the search has not touched yet;
asked for when the node enters, they are there by then. Nothing but time depends on it.

References
----------
https://llvm.org/docs/LangRef.html#llvm-prefetch-intrinsic
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["prefetch"]

_READ, _KEEP, _DATA = 0, 3, 1


@intrinsic  # type: ignore[untyped-decorator]
def prefetch(_: Any, array: Any, index: Any) -> Any:
    """Ask for the element of an array at an index (along its first axis)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        held = context.make_array(kind)(context, builder, arguments[0])
        zero = context.get_constant(types.uintp, 0)
        at = [context.cast(builder, arguments[1], signature.args[1], types.uintp), *[zero] * (kind.ndim - 1)]
        place = cgutils.get_item_pointer(context, builder, kind, held, at, wraparound=False)
        place = builder.bitcast(place, cgutils.voidptr_t)
        number = ir.IntType(32)
        of = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
        ask = builder.module.declare_intrinsic("llvm.prefetch", (cgutils.voidptr_t,), of)
        builder.call(ask, [place, *(ir.Constant(number, value) for value in (_READ, _KEEP, _DATA))])
        return context.get_dummy_value()

    return types.void(array, index), generate
