#ifndef SVCTOP_TUI_CHART_H
#define SVCTOP_TUI_CHART_H

/*
 * Counts over time, drawn: layers that stand on each other, from the past at the left to now at
 * the right. A layer is told by its texture and by a legend, colour only underlines it. Braille
 * dots (2 x 4 a cell) where the glyphs have them, else shades, in ASCII each layer's own sign.
 */

#include <stddef.h>
#include <stdint.h>

#include "tui/draw.h"

#define CHART_LAYERS 5

struct chart_layer {
	const uint32_t *values; /* one a point, oldest first */
	const char *name;	/* "T1", for the legend */
	enum role role;
};

struct chart {
	const struct chart_layer *layers; /* the lowest first, at most CHART_LAYERS */
	size_t layer_count;
	size_t count;	      /* points, evenly apart */
	int64_t since, until; /* the time of the first and the last one */
};

/* Axis, layers, dates and, where there is room, the legend with the last values. */
void chart_draw(const struct canvas *canvas, const struct chart *chart);

/* The number at the top of an axis that goes up to max: even, round, at least 2. */
uint32_t chart_top(uint32_t max);

/*
 * How high each of count values ends when they stand on each other, in steps of which top is
 * `steps`: what is not 0 takes one at least as long as there is room.
 */
void chart_heights(const uint32_t *values, size_t count, uint32_t top, int steps, int *ends);

/* One row of bars, of width cells, which max fills; 0 has a sign of its own. Empty: no points. */
void chart_spark(const struct canvas *canvas, int row, int col, int width, enum role role,
		 const uint32_t *values, size_t count, uint32_t max);

#endif
