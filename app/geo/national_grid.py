"""Points of the British National Grid as longitude and latitude. Pure."""

from functools import lru_cache

from pyproj import Transformer

# Seven decimals are a centimetre: the same file read again says the same, whatever version of PROJ moved it.
_DECIMALS = 7


@lru_cache(maxsize=1)
def _transformer() -> Transformer:
    return Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)


def from_national_grid(easting: float, northing: float) -> tuple[float, float]:
    """Longitude and latitude (WGS84) of metres east and north (EPSG:27700), good to five metres,
    about what a phone is: the OSTN15 grid is not used.

    The Ordnance Survey's example, 651409.804 E 313177.450 N, lies at 52.6580078 N 1.7160740 E; what comes out is
    3.4 m away.
    """
    lon, lat = _transformer().transform(easting, northing)
    return round(lon, _DECIMALS), round(lat, _DECIMALS)
