"""centres.mrk.json: the disc centres as a Slicer markups point list."""

from __future__ import annotations

from collections.abc import Sequence

from ..spine import Disc

_SCHEMA = (
    "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/"
    "markups-schema-v1.0.3.json#"
)
_GREEN = [0.2, 0.85, 0.3]


def centres_markups(discs: Sequence[Disc]) -> dict:
    """One control point a disc, in LPS millimetres, labelled with the level; flags stand in its description."""
    points = [
        {
            "id": str(number),
            "label": disc.name,
            "description": ", ".join(disc.remarks),
            "associatedNodeID": "",
            "position": [round(float(x), 4) for x in disc.centre_mm_lps],
            "orientation": [-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0],
            "selected": True,
            "locked": False,
            "visibility": True,
            "positionStatus": "defined",
        }
        for number, disc in enumerate(discs, 1)
    ]
    markup = {
        "type": "Fiducial",
        "coordinateSystem": "LPS",
        "coordinateUnits": "mm",
        "locked": False,
        "fixedNumberOfControlPoints": False,
        "labelFormat": "%N-%d",
        "lastUsedControlPointNumber": len(points),
        "controlPoints": points,
        "measurements": [],
        "display": {
            "visibility": True,
            "opacity": 1.0,
            "color": _GREEN,
            "selectedColor": _GREEN,
            "propertiesLabelVisibility": False,
            "pointLabelsVisibility": True,
            "textScale": 3.0,
            "glyphType": "CrossDot2D",
            "glyphScale": 2.5,
        },
    }
    return {"@schema": _SCHEMA, "markups": [markup]}
