"""The package. The environment is made by `make setup` from the lock file.

No `install_requires`: the only set of versions that runs together contradicts
what some of those packages declare (BUILD.md), so pip could not resolve it.
"""

import pathlib
import re

import setuptools

ROOT = pathlib.Path(__file__).parent

_VERSION = re.search(
  r"^__version__ = '(.+)'$",
  (ROOT / 'acme_vlm' / '__init__.py').read_text(encoding='utf-8'),
  re.MULTILINE,
)
if _VERSION is None:
  raise RuntimeError('acme_vlm/__init__.py has no __version__')
_README = ROOT / 'README.md'

setuptools.setup(
  name='acme_vlm',
  version=_VERSION.group(1),
  description='Language-conditioned agents from pixels, rewarded by CLIP.',
  long_description=_README.read_text('utf-8') if _README.exists() else '',
  long_description_content_type='text/markdown',
  license='Apache-2.0',
  license_files=['LICENSE'],
  python_requires='>=3.11,<3.12',
  # `launch` too, so that `python -m launch.local EXPERIMENT.py` works wherever
  # the wheel is installed. Experiments are files that one runs and edits: they
  # are given by path and stay in the checkout.
  packages=setuptools.find_namespace_packages(
    include=['acme_vlm', 'acme_vlm.*', 'launch', 'launch.*']
  ),
  # Checkpoints, vocabularies, tasks and page templates lie beside the code that
  # reads them.
  package_data={
    '': [
      '*.html',
      '*.json',
      '*.md',
      '*.safetensors',
      '*.textproto',
      '*.txt',
      '*.yaml',
    ]
  },
  classifiers=[
    'Intended Audience :: Science/Research',
    'Operating System :: POSIX :: Linux',
    'Programming Language :: Python :: 3.11',
    'Topic :: Scientific/Engineering :: Artificial Intelligence',
  ],
)
