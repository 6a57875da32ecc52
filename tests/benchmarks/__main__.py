"""`python3 run.py bench [NAME] [--database URL] [--json]`: goals, figures and their floors.

Exit 1 where a goal is missed. NAME is a goal (g1) or the name of its module (g1_pages): g is
a goal of performance, a one of the analyses, c a criterion of complaints.
"""

import importlib
import json
import sys
from pathlib import Path

import click

from crm import log
from crm.i18n import fmt
from tests import databases
from tests.benchmarks.measure import Result

MODULES = sorted(path.stem for path in Path(__file__).parent.glob("[acg][0-9]*_*.py"))


@click.command()
@click.argument("name", default="")
@click.option(
    "--database",
    "server",
    default="",
    metavar="URL",
    help="A PostgreSQL server, or `postgresql` to start one; a SQLite file without it.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def bench(name: str, server: str, *, as_json: bool) -> None:
    """Measure the goals, against their floors where they have one."""
    chosen = [module for module in MODULES if _is_named(module, name.lower())]
    if not chosen:
        raise click.BadParameter(f"choose from {', '.join(MODULES)}", param_hint="NAME")
    log.configure("ERROR")
    fmt.configure("Asia/Shanghai")
    if server == "postgresql":
        with databases.postgresql_server() as url:
            results = _run(chosen, url, as_json=as_json)
    else:
        results = _run(chosen, server, as_json=as_json)
    if as_json:
        click.echo(json.dumps([result.as_json() for result in results], ensure_ascii=False))
    sys.exit(0 if all(result.reached for result in results) else 1)


def _is_named(module: str, name: str) -> bool:
    return not name or name in {module, module.partition("_")[0]}


def _run(modules: list[str], server: str, *, as_json: bool) -> list[Result]:
    results = []
    for module in modules:
        for result in importlib.import_module(f"tests.benchmarks.{module}").run(server):
            results.append(result)
            if not as_json:
                click.echo(result.line())
    return results


if __name__ == "__main__":
    bench()
