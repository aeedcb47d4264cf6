"""What axe-core, run in the page, finds that shuts somebody out."""

from axe_playwright_python.sync_playwright import Axe

GRAVE = {"serious", "critical"}


def barriers(page, within: str) -> list[str]:
    """Return each serious or critical fault in the parts of a page that a selector names."""
    found = Axe().run(page, context=within).response
    assert found["passes"], f"nothing was looked at in {within}"
    return [
        f"{fault['id']}: {fault['help']}: {node['html']}"
        for fault in found["violations"]
        for node in fault["nodes"]
        if node["impact"] in GRAVE
    ]
