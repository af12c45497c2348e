"""How far up a file may look: too far at times, never too little."""

import pytest

from oneroof.imports.climbing import ANYWHERE, AT_HOME, NOWHERE, climbs


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("x = 1", NOWHERE),
        ("Path('data.json').read_text()", AT_HOME),
        ("from .. import x\nfrom ...y import z", NOWHERE),
        ("path.parent.mkdir(parents=True)", NOWHERE),
        ("Path(__file__).parent / 'x'", 0),
        ("Path(__file__).with_name('x')", 0),
        ("open(os.path.join(os.path.dirname(__file__), 'x'))", 0),
        ("Path(__file__).parents[2]", 2),
        ("Path(__file__).resolve().parent.parent.parent", 2),
        ("Path(__file__)\n  .parent\n  .parent", 1),
        ("HERE = Path(__file__).parent\nROOT = HERE.parent\nTOP = ROOT.parent", 2),
        ("HERE = Path(__file__).parent\nHERE.parents[1]", 2),
        ("os.path.dirname(os.path.dirname(os.path.abspath(__file__)))", 1),
        ("HERE = dirname(__file__)\nROOT = dirname(dirname(HERE))", 2),
        ("os.path.join(os.path.dirname(__file__), '..', '..', 'x')", 2),
        ("os.path.join(os.path.dirname(__file__), '../../../x')", 3),
        ("Path(__file__).parent / '..' / \"..\" / 'x'", 2),
        ("open(__file__ + '/../../x')", 2),
        ("os.path.join(os.path.dirname(__file__), os.pardir)", ANYWHERE),
        ("for each in Path(__file__).parents: pass", ANYWHERE),
        ("Path(__file__).parents[depth]", ANYWHERE),
        ("Path(__file__).parents[-1]", ANYWHERE),
        ("open('../x')", ANYWHERE),
        ("subprocess.run(command, cwd='..')", ANYWHERE),
        ("Path.cwd() / 'x'", 0),
        ("Path.cwd().parent", ANYWHERE),
        ("os.path.dirname(os.getcwd())", ANYWHERE),
        ("Path(shop.__file__).parent / 'x'", 0),
        ("Path(shop.__file__).parent.parent", ANYWHERE),
        ("resources.files('shop').parent", ANYWHERE),
        ("pytestconfig.rootpath / 'x'", ANYWHERE),
        ("git('rev-parse', '--show-toplevel')", ANYWHERE),
        ("if '..' in parts or name == '..' or name.startswith('../'): pass", NOWHERE),
    ],
)
def test_climbs(text: str, count: int) -> None:
    assert climbs(text) == count
