"""The list of all bars: whoever measures a new one adds its line here; for `bench store`."""

from api.rehearsal.bars import live, load, log_read, receipt, scan, size, visible
from api.rehearsal.bars.bar import Measure

# By the number in the design's list. A bar may raise `NoPostgres`: then it is told as not measured.
BARS: dict[int, Measure] = {
    1: scan.one_on_sqlite,
    2: scan.batch_on_sqlite,
    3: scan.one_on_postgres,
    4: load.many_stations,
    5: receipt.on_the_board,
    6: receipt.taken_in,
    7: log_read.read_and_map,
    8: live.followed,
    9: size.rebuilt,
    10: size.looked_at,
    11: visible.seen,
    12: size.grown,
    13: load.memory,
}
