"""Controls of an explorer that learns from data; made and used like those of `panels`."""

import ipywidgets as widgets

from .lifetime import family
from .scaling import condition_number, with_scaling
from .schedules import cosine, inverse_time, step_decay
from .words import sensible

SCHEDULES = {  # by what the menu calls them; for so many steps
    "constant": lambda steps: None,
    "1/t": lambda steps: inverse_time(max(1, steps // 10)),
    "halved 3 times": lambda steps: step_decay(max(1, steps // 4)),
    "cosine": cosine,
}


class BatchPanel(widgets.HBox):
    """How many rows of the data each step looks at, how the rate goes on, what a step costs."""

    def __init__(self, explorer):
        self._explorer, setting = explorer, explorer.setting
        self._own = getattr(setting.schedule, "name", "your own"), setting.schedule
        n = getattr(setting.surface, "n", 1)
        self.size = widgets.SelectionSlider(
            options=sorted({1, *(2**k for k in range(1, 12) if 2**k < n), n}),
            description="batch size",
            continuous_update=False,
            layout={"flex": "1 1 20em", "width": "auto"},
        )
        names = [*SCHEDULES, *[self._own[0]] * (setting.schedule is not None)]
        narrow = {"width": "15em"}
        self.schedule = widgets.Dropdown(options=names, description="rate", layout=narrow)
        self.cost = widgets.Dropdown(
            options=[("steps", "steps"), ("rows looked at", "rows")],
            description="loss by",
            layout=narrow,
        )
        for menu in (self.schedule, self.cost):
            menu.style.description_width = "3.5em"
        self.size.observe(explorer.handler(self._sized), "value")
        self.schedule.observe(explorer.handler(self._scheduled), "value")
        self.cost.observe(explorer.handler(self._counted), "value")
        explorer.controls.steps.observe(explorer.handler(self._stepped), "value")
        batches = setting.batch_size is not None
        counted = batches and explorer.look.beside == "loss"
        shown = *[self.size] * batches, self.schedule, *[self.cost] * counted
        super().__init__(shown, layout={"flex_flow": "row wrap"})

    def close(self):
        """Close the controls that are not shown, too."""
        for widget in family(self.size, self.schedule, self.cost):
            widget.close()
        super().close()

    def _sized(self, size):
        self._explorer.change(batch_size=size)

    def _scheduled(self, name):
        steps = self._explorer.setting.steps
        self._explorer.change(schedule=self._schedule(name, steps))

    def _stepped(self, steps):
        self._explorer.change(steps=steps, schedule=self._schedule(self.schedule.value, steps))

    def _schedule(self, name, steps):
        return SCHEDULES[name](steps) if name in SCHEDULES else self._own[1]

    def _counted(self, cost):
        self._explorer.change_look(cost=cost)

    def place(self, setting):
        """Show a setting's batch size, one that is not on the slider joins it, and its schedule."""
        if setting.batch_size is not None:
            if setting.batch_size not in self.size.options:
                self.size.options = sorted({*self.size.options, setting.batch_size})
            self.size.value = setting.batch_size
        if setting.schedule is None:
            self.schedule.value = "constant"
        elif setting.schedule is self._own[1]:
            self.schedule.value = self._own[0]
        self.cost.value = self._explorer.look.cost


class ScalePanel(widgets.HBox):
    """Standardize the input, or not; and what that does to the valley.

    Each variant has a learning rate of its own: the one last used, at first its model's.
    """

    def __init__(self, explorer):
        self._explorer, self._rates, self._told = explorer, {}, None
        self.switch = widgets.Checkbox(description="standardize the input", indent=False)
        self.switch.layout.width = "14em"
        self.switch.observe(explorer.handler(self._switched), "value")
        self.valley = widgets.HTML()
        super().__init__([self.switch, self.valley], layout={"flex_flow": "row wrap"})

    def _switched(self, scaled):
        setting = self._explorer.setting
        self._rates[not scaled] = setting.learning_rate
        changed = with_scaling(setting, scaled, self._rates.get(scaled))
        self._explorer.change(**vars(changed))

    def place(self, setting):
        """Show whether a setting's input is standardized, and the condition number of both."""
        scaled = setting.scaling is not None
        self.switch.value = scaled
        if setting.surface is self._told:  # as at every move of the start
            return
        self._told = setting.surface
        other = with_scaling(setting, not scaled, None)
        raw, flat = (other, setting) if scaled else (setting, other)
        told = []
        for name, each in {"raw": raw, "standardized": flat}.items():
            number = f"{name} {sensible(condition_number(each.surface))}"
            told.append(f"<b>{number}</b>" if each is setting else number)
        mean, spread = sensible(flat.scaling.mean), sensible(flat.scaling.spread)
        self.valley.value = (
            f"condition number: {', '.join(told)} (input minus {mean}, divided by {spread})"
        )
