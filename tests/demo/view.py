# SPDX-License-Identifier: GPL-2.0-or-later
"""What the user sees while the day runs."""

import os
import sys

ORDER = ("meter", "pv", "wind", "battery", "ev", "generator", "load")
SHORT = {"generator": "gen"}
BAR = 8
FULL_W = 12000


def watts(mw):
    return "-" if mw is None else f"{mw / 1000:,.0f}"


def kwh(mwh):
    return "-" if mwh is None else f"{mwh / 1e6:.1f}"


def percent(ppm):
    return "" if ppm is None else f"{ppm / 1e4:.0f} %"


def hertz(site):
    f_mhz = site.get("f_mhz")
    return f"{f_mhz / 1000:.3f}" if f_mhz else "-"


def bar(mw):
    """Power as a bar: to the right what is given, to the left what is taken."""
    if mw is None:
        return " " * (2 * BAR + 1)
    n = min(round(abs(mw) / 1000 / FULL_W * BAR), BAR)
    left, right = ("=" * n, "") if mw < 0 else ("", "=" * n)
    return f"{left:>{BAR}}|{right:<{BAR}}"


class View:
    """A table that is drawn in place on a terminal, else a row an hour."""

    def __init__(self, feed, clock):
        self.feed = feed
        self.clock = clock
        self.notes = []
        self.live = sys.stdout.isatty()
        self.hour = -1

    def note(self, text):
        line = f"{self.clock.text()}  {text}"
        self.notes.append(line)
        if not self.live:
            print(f"  >> {line}", flush=True)

    def draw(self):
        if self.live:
            if self.hour < 0:
                sys.stdout.write("\033[2J")
                self.hour = 0
            width = os.get_terminal_size().columns
            lines = [line[:width] for line in self._table()]
            sys.stdout.write("\033[H" + "".join(f"{line}\033[K\n" for line in lines) + "\033[J")
            sys.stdout.flush()
        else:
            self._row()

    def _head(self):
        site = self.feed.site[-1] if self.feed.site else {}
        return [
            f"OpenVPP  site farm  {self.clock.text()} of a simulated day, "
            f"{self.clock.speed:g} times as fast as the clock",
            f"site {site.get('state', '-')} ({site.get('cause', '-')})"
            f"  PCC {watts(site.get('pcc_mw'))} W  target {watts(site.get('target_mw'))} W"
            f"  {hertz(site)} Hz",
            f"loop {site.get('ticks', 0):,} ticks, {site.get('missed', 0):,} deadlines missed"
            f"   {self.feed.count:,} records read, {self.feed.lost()} lost",
        ]

    def _table(self):
        if not self.feed.count:
            return ["OpenVPP  waiting for the first record"]
        lines = self._head() + ["", f"{'DEVICE':9}{'P, W':>8}{'TOLD, W':>9}{'SOC':>6}"
                                f"{'kWh OUT':>9}{'IN':>7}  {'takes':>{BAR}}|{'gives':<{BAR}} IS"]
        for name in ORDER:
            s = self.feed.latest(name)
            lines.append(f"{name:9}{watts(s.get('p_mw')):>8}{watts(s.get('p_set_mw')):>9}"
                         f"{percent(s.get('soc_ppm')):>6}{kwh(s.get('e_export_mwh')):>9}"
                         f"{kwh(s.get('e_import_mwh')):>7}  {bar(s.get('p_mw'))}"
                         f" {s.get('supervision', '-')}")
        return lines + [""] + self.notes[-8:]

    def _row(self):
        hour = int(self.clock.day_s() // 3600)
        if hour == self.hour or not self.feed.site:
            return
        self.hour = hour
        if hour % 8 == 0:
            names = "".join(f"{SHORT.get(n, n):>8}" for n in ORDER[1:])
            print(f"\n{'':5} {'PCC, W':>8}{'target':>8}{names}   battery ev       Hz  site")
        site = self.feed.site[-1]
        powers = "".join(f"{watts(self.feed.latest(n).get('p_mw')):>8}" for n in ORDER[1:])
        soc = "".join(f"{percent(self.feed.latest(n).get('soc_ppm')) or '-':>6}"
                      for n in ("battery", "ev"))
        print(f"{self.clock.text()} {watts(site.get('pcc_mw')):>8}{watts(site.get('target_mw')):>8}"
              f"{powers}   {soc} {hertz(site):>8}  {site['state']}", flush=True)
