"""Runs a loaded model's graph in an order planned once; stock prunes and sorts the graph for every run."""

from typing import Any, Dict, List, Optional, Text

from rasa.engine.graph import GraphNode
from rasa.engine.runner.dask import DaskGraphRunner

Plan = list[tuple[Text, GraphNode, list[tuple[Text, Text]]]]


class PlannedRunner(DaskGraphRunner):
    """Rasa's nodes, called straight in dependency order; the nodes are made and wired by the base class."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plans: dict[tuple[Text, ...], Plan] = {}

    def run(
        self, inputs: Optional[Dict[Text, Any]] = None, targets: Optional[List[Text]] = None
    ) -> Dict[Text, Any]:
        """Run the graph and return what the targets gave."""
        wanted = tuple(targets or self._graph_schema.target_names)
        plan = self._plans.get(wanted)
        if plan is None:
            plan = self._plans[wanted] = self._plan(wanted)
        values = dict(inputs or {})
        for name, node, needs in plan:
            values[name] = _call(node, {argument: values[parent] for argument, parent in needs})
        return {name: values[name] for name in wanted}

    def _plan(self, targets: tuple[Text, ...]) -> Plan:
        nodes = self._graph_schema.minimal_graph_schema(list(targets)).nodes
        ordered: Plan = []
        done: set[Text] = set()

        def visit(name: Text) -> None:
            if name in done or name not in nodes:
                return  # planned before, or an input placeholder
            done.add(name)
            for parent in nodes[name].needs.values():
                visit(parent)
            ordered.append((name, self._instantiated_nodes[name], list(nodes[name].needs.items())))

        for target in targets:
            visit(target)
        return ordered


def _call(node: GraphNode, arguments: Dict[Text, Any]) -> Any:
    """Call a node's component; hooks and late loading take Rasa's own way."""
    if node._eager and not node._hooks:
        return node._fn(node._component, **arguments)
    parents = [(node._inputs[argument], value) for argument, value in arguments.items()]
    return node(*parents)[1]
