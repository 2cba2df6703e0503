/* Colours as numbers: what they look like, how they contrast, which one of a few is nearest. */

#include <limits.h>

#include "tui/theme.h"

/* xterm's defaults; terminals differ, but hue and lightness are alike in all. */
static const uint32_t ansi[16] = {
    0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
    0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
};

static uint32_t cube_level(int step)
{
	return step == 0 ? 0 : (uint32_t)(55 + 40 * step);
}

uint32_t theme_rgb(int index)
{
	if (index < 0)
		return 0;
	if (index < 16)
		return ansi[index];
	if (index >= 232) {
		uint32_t grey = (uint32_t)(8 + 10 * ((index > 255 ? 255 : index) - 232));
		return grey << 16 | grey << 8 | grey;
	}
	int cube = index - 16;
	return cube_level(cube / 36) << 16 | cube_level(cube / 6 % 6) << 8 | cube_level(cube % 6);
}

/* Weighted by how much the eye makes of each (a cheap "redmean"). */
static long distance(uint32_t a, uint32_t b)
{
	long red_a = a >> 16 & 0xff, red_b = b >> 16 & 0xff;
	long mean = (red_a + red_b) / 2;
	long r = red_a - red_b;
	long g = (long)(a >> 8 & 0xff) - (long)(b >> 8 & 0xff);
	long bl = (long)(a & 0xff) - (long)(b & 0xff);
	return ((512 + mean) * r * r >> 8) + 4 * g * g + ((767 - mean) * bl * bl >> 8);
}

static int ansi_grey(int light, int colours)
{
	if (light < 60)
		return 0;
	if (light < 130)
		return colours >= 16 ? 8 : light < 100 ? 0 : 7;
	return light >= 215 && colours >= 16 ? 15 : 7;
}

/*
 * Of so few colours the nearest one is often a grey, which says nothing: the hue is
 * kept instead. The bits of an ANSI colour are its red, green and blue.
 */
static int ansi_of(uint32_t rgb, int colours)
{
	int part[3] = {(int)(rgb >> 16 & 0xff), (int)(rgb >> 8 & 0xff), (int)(rgb & 0xff)};
	int max = 0, min = 255, index = 0;
	for (int i = 0; i < 3; i++) {
		max = part[i] > max ? part[i] : max;
		min = part[i] < min ? part[i] : min;
	}
	int light = (max + min) / 2;
	if (max - min < 40)
		return ansi_grey(light, colours);
	for (int i = 0; i < 3; i++)
		if (part[i] > light)
			index |= 1 << i;
	if (light < 120)
		return index;
	if (colours >= 16)
		return index + 8;
	return index == 4 ? 6 : index; /* blue without its bright form is too dark to read */
}

int theme_nearest(int32_t colour, int colours)
{
	uint32_t rgb = (uint32_t)colour & 0xffffff;
	if (colours < 256)
		return ansi_of(rgb, colours);
	long best = LONG_MAX;
	int found = 16;
	for (int i = 16; i < 256; i++) {
		long d = distance(rgb, theme_rgb(i));
		if (d < best) {
			best = d;
			found = i;
		}
	}
	return found;
}

/* x to the power of 2.4, x from 0 to 1: the twelfth power of the fifth root (saves us libm). */
static double power_2_4(double x)
{
	double root = 1.0;
	for (int i = 0; i < 40; i++) {
		double fourth = root * root * root * root;
		root -= (fourth * root - x) / (5.0 * fourth);
	}
	double cube = root * root * root;
	return cube * cube * cube * cube;
}

static double channel(uint32_t value)
{
	double c = (value & 0xff) / 255.0;
	return c <= 0.04045 ? c / 12.92 : power_2_4((c + 0.055) / 1.055);
}

/* Relative luminance as WCAG 2 defines it. */
static double luminance(int32_t colour)
{
	uint32_t c = (uint32_t)colour;
	return 0.2126 * channel(c >> 16) + 0.7152 * channel(c >> 8) + 0.0722 * channel(c);
}

double theme_contrast(int32_t a, int32_t b)
{
	double la = luminance(a), lb = luminance(b);
	return la > lb ? (la + 0.05) / (lb + 0.05) : (lb + 0.05) / (la + 0.05);
}
