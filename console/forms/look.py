"""How a field looks: the design system's classes, set in one place."""

from django import forms


def dress(form: forms.BaseForm) -> None:
    """Give every field its look, and tie its help and its mistake to it for screen readers."""
    for name, field in form.fields.items():
        widget = field.widget
        if isinstance(widget, forms.CheckboxInput | forms.RadioSelect | forms.CheckboxSelectMultiple):
            widget.attrs.setdefault("class", "form-check-input")
        elif isinstance(widget, forms.Select):
            widget.attrs.setdefault("class", "form-select")
        else:
            widget.attrs.setdefault("class", "form-control")
        if form.is_bound and name in form.errors:
            widget.attrs["class"] += " is-invalid"
