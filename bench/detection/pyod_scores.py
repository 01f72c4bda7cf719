"""Scores of pyod's detectors for the feature table of detection.ts: CSV on stdin, a column per detector on stdout."""
import csv
import sys
import warnings

import numpy as np
from pyod.models.copod import COPOD
from pyod.models.ecod import ECOD
from pyod.models.hbos import HBOS
from pyod.models.iforest import IForest

warnings.filterwarnings("ignore")
rows = np.array([[float(cell) for cell in row] for row in csv.reader(sys.stdin)])
detectors = {
    "IForest": IForest(n_estimators=200, random_state=1),
    "ECOD": ECOD(),
    "COPOD": COPOD(),
    "HBOS": HBOS(),
}
columns = [detector.fit(rows).decision_scores_ for detector in detectors.values()]
print(",".join(detectors))
for line in zip(*columns):
    print(",".join(f"{value:.9g}" for value in line))
