"""Plans of any block of steps, held against the rules of order as they are written down.

`required` of `tests.reference.order` finds which entry must be done before which by
brute force: it walks the rules, and closes the relation over all triples.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from n3gen.plan.planner import plan_chain
from n3gen.semantics.needs import Need
from n3gen.semantics.order import Order, order_of
from n3gen.spec.model import Chain, Place, ValueStep

from tests.reference.order import Block, batches, closed, required


@st.composite
def blocks(draw: st.DrawFn, *, forward: bool = True) -> Block:
    """Blocks without circles; `forward` lets entries need some that stand below."""
    size = draw(st.integers(1, 9))
    rank = draw(st.permutations(range(size))) if forward else list(range(size))
    parallel = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    needs: list[list[int]] = []
    for index in range(size):
        lower = [other for other in range(size) if rank[other] < rank[index]]
        chosen = st.lists(st.sampled_from(lower), unique=True, max_size=3)
        needs.append(sorted(draw(chosen)) if lower else [])
    return parallel, needs


def ordered(block: Block) -> Order:
    """The order that is worked out for a block."""
    return order_of([Need(p, tuple(n)) for p, n in zip(*block, strict=True)])


def edges(order: Order) -> set[tuple[int, int]]:
    """The pairs of `after`, by entry."""
    return {
        (order.sequence[earlier], order.sequence[position])
        for position, after in enumerate(order.after)
        for earlier in after
    }


@settings(max_examples=100, deadline=None)
@given(blocks())
def test_after_says_what_the_rules_say_and_no_more(block: Block) -> None:
    order = ordered(block)
    size = len(block[0])
    found = edges(order)
    assert closed(found, size) == required(block)
    for edge in found:
        assert edge not in closed(found - {edge}, size), "implied by others"
    for first in range(size):
        for last in range(size):
            assert order.precedes(first, last) == ((first, last) in required(block))


@settings(max_examples=100, deadline=None)
@given(blocks(forward=False))
def test_without_moved_steps_the_file_order_holds(block: Block) -> None:
    parallel, needs = block
    size = len(parallel)
    pairs = {(need, index) for index, found in enumerate(needs) for need in found}
    for first in range(size):
        for last in range(first + 1, size):
            if not all(parallel[first : last + 1]):
                pairs.add((first, last))
    assert closed(edges(ordered(block)), size) == closed(pairs, size)


@settings(max_examples=100, deadline=None)
@given(blocks())
def test_each_need_is_done_before(block: Block) -> None:
    order = ordered(block)
    position = {index: at for at, index in enumerate(order.sequence)}
    assert sorted(order.sequence) == list(range(len(block[0])))
    for index, needs in enumerate(block[1]):
        assert all(position[need] < position[index] for need in needs)
    assert all(
        earlier < later for later, after in enumerate(order.after) for earlier in after
    )


@settings(max_examples=100, deadline=None)
@given(blocks())
def test_batches_and_regions_cut_the_sequence(block: Block) -> None:
    order = ordered(block)
    every = tuple(range(len(order.sequence)))
    assert sum(order.batches, ()) == sum(order.regions, ()) == every
    before = required(block)

    def is_before(first: int, last: int) -> bool:
        return (order.sequence[first], order.sequence[last]) in before

    as_told = [[order.sequence[at] for at in batch] for batch in order.batches]
    assert as_told == batches(block)
    for batch in order.batches:
        assert not any(is_before(a, b) for a in batch for b in batch)
        assert list(batch) == sorted(batch, key=lambda at: order.sequence[at])
    for batch, following in zip(order.batches, order.batches[1:], strict=False):
        assert all(any(is_before(a, b) for a in batch) for b in following)
    for region in order.regions:
        for cut in region[1:]:
            inner = [(a, b) for a in region if a < cut for b in region if b >= cut]
            assert not all(is_before(a, b) for a, b in inner), "a barrier inside"
    for at, region in enumerate(order.regions[1:], start=1):
        earlier = range(region[0])
        assert all(is_before(a, b) for a in earlier for b in region), at


@settings(max_examples=100, deadline=None)
@given(blocks(), st.data())
def test_the_makespan_is_that_of_the_critical_path(
    block: Block, data: st.DataObject
) -> None:
    size = len(block[0])
    length = st.integers(0, 20)
    lengths = data.draw(st.lists(length, min_size=size, max_size=size))
    order = ordered(block)
    done: list[int] = []
    for position, index in enumerate(order.sequence):
        start = max((done[earlier] for earlier in order.after[position]), default=0)
        done.append(start + lengths[index])
    assert max(done) == longest_path(required(block), lengths)


def longest_path(before: set[tuple[int, int]], lengths: Sequence[int]) -> int:
    """The longest way through a relation, found by relaxing as often as there are entries."""
    ends = list(lengths)
    for _ in lengths:
        for first, last in before:
            ends[last] = max(ends[last], ends[first] + lengths[last])
    return max(ends)


@settings(max_examples=50, deadline=None)
@given(blocks())
def test_planning_gives_the_same_again(block: Block) -> None:
    place = Place("a.yaml", ())
    steps = tuple(
        ValueStep(
            place=place,
            name=f"s{index}",
            parallel=parallel,
            depends_on=tuple(f"s{need}" for need in needs),
        )
        for index, (parallel, needs) in enumerate(zip(*block, strict=True))
    )
    chain = Chain(place=place, name="c", steps=steps)
    backward = tuple(
        step.model_copy(update={"depends_on": step.depends_on[::-1]}) for step in steps
    )
    plan = plan_chain(chain)
    assert plan == plan_chain(chain)
    other = plan_chain(chain.model_copy(update={"steps": backward}))
    assert [node.after for node in other.nodes] == [node.after for node in plan.nodes]
    assert [node.name for node in other.nodes] == [node.name for node in plan.nodes]
