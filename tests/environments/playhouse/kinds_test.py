import pytest

from acme_vlm.environments.playhouse import kinds, paints, prisms

BOX = kinds.Solid('box', (0.1, 0.1, 0.1), (0, 0, 0.1))
PART = kinds.Part(prisms.box((0.1, 0.1, 0.1)))


@pytest.mark.parametrize(
  ('shape', 'size'),
  [
    ('box', (0.1, 0.1)),
    ('ellipsoid', (0.1,)),
    ('sphere', (0.1, 0.1)),
    ('cylinder', (0.1, 0.1, 0.1)),
    ('capsule', (0.1,)),
    ('box', (0.1, 0.0, 0.1)),
  ],
)
def test_a_solid_has_the_sizes_of_its_shape(shape, size):
  with pytest.raises(ValueError, match=f'{shape} has . sizes'):
    kinds.Solid(shape, size, (0, 0, 0))


def test_a_shade_is_a_fraction_of_the_own_colour():
  with pytest.raises(ValueError, match='shade'):
    kinds.Part(PART.mesh, shade=1.1)
  with pytest.raises(ValueError, match='unpainted'):
    kinds.Part(PART.mesh, paint=paints.WHITE, shade=0.5)


@pytest.mark.parametrize('count', [0, kinds.MAX_OBJECT_SOLIDS + 1])
def test_an_object_collides_with_few_solids(count):
  with pytest.raises(ValueError, match=f'got {count}'):
    kinds.ObjectKind('thing', (PART,), (BOX,) * count)


def test_furniture_may_have_no_solid_but_not_many():
  kinds.FurnitureKind('rug', (PART,), (), (0.1, 0.1), ('study',))
  with pytest.raises(ValueError, match='got 9'):
    kinds.FurnitureKind('den', (PART,), (BOX,) * 9, (0.1, 0.1), ('study',))
