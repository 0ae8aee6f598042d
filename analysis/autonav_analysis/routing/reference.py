"""Past work of other projects, for repositories with little history of their own."""

from autonav_analysis.routing.work import Work

_SAMPLE = """
1 1 1 0; 2 1 1 0; 2 1 1 0; 2 1 1 0; 2 1 1 0; 2 1 1 0; 2 1 1 0; 2 1 1 0; 2 1 1 0; 2 1 1 0; 2 1 1 0; 2 1 1 0; 2 1
1 0; 2 1 1 0; 2 1 1 0; 2 1 1 0; 3 1 1 0; 4 1 1 0; 4 1 1 0; 4 1 1 0; 4 1 1 0; 4 2 1 0; 4 2 1 0; 4 2 2 0; 4 2 2 0;
4 2 2 0; 5 1 1 0; 6 1 1 0; 6 1 1 0; 6 1 1 0; 6 1 1 0; 6 2 1 0; 6 2 1 0; 6 3 3 0; 8 1 1 0; 8 1 1 0; 8 1 1 0; 8 1
1 0; 9 1 1 0; 9 3 3 0; 10 2 1 0; 10 4 4 0; 12 1 1 0; 12 2 1 0; 12 3 3 0; 13 2 2 0; 14 4 3 0; 15 1 1 0; 15 2 2 0;
16 2 1 0; 18 6 1 0; 19 3 2 0; 20 3 3 0; 21 1 1 0; 23 3 1 0; 24 4 1 0; 26 13 12 0; 27 2 1 0; 28 1 1 0; 28 5 4 0;
30 2 1 0; 30 3 3 0; 35 4 2 0; 36 3 3 0; 37 13 12 0; 39 4 3 0; 43 1 1 0; 44 4 4 0; 44 13 12 0; 46 1 1 0; 50 13 12
0; 53 4 3 2; 58 2 1 0; 60 3 2 0; 60 3 3 0; 61 1 1 0; 71 2 2 0; 73 1 1 0; 75 4 2 2; 82 9 1 0; 94 1 1 0; 95 5 4 1;
98 3 1 0; 99 10 6 0; 115 3 3 0; 133 3 2 0; 157 5 4 0; 160 4 4 0; 168 10 6 1; 181 1 1 0; 242 4 3 0; 268 7 6 0;
313 2 1 0; 351 1 1 0; 388 47 4 4; 421 2 1 0; 536 2 2 0; 610 4 2 0; 1046 3 2 0; 2488 15 9 1
"""

COMMITS = tuple(Work(*map(int, each.split())) for each in _SAMPLE.split(";"))
"""Lines, files, folders and new files of 100 commits: of gin, ripgrep, jq, nlohmann/json and vuejs/core every
twenty-fifth of the last 500 by size, as of November 2026. The hardest function was not measured and counts for nothing."""
