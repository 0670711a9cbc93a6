/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Register images of SunSpec devices, made by hand. */
#ifndef OVPP_TEST_SUNSPEC_IMAGE_H
#define OVPP_TEST_SUNSPEC_IMAGE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sunspec.h"

/**
 * struct image - a device's registers
 * @reg: registers, "SunS" first
 * @n: their number
 * @model: index of the ID of the model that was added last
 */
struct image {
	uint16_t reg[4096];
	size_t n;
	size_t model;
};

#define IMAGE_BASE 40000

static inline void image_begin(struct image *im)
{
	*im = (struct image){.reg = {0x5375, 0x6e53}, .n = 2};
}

static inline void image_word(struct image *im, uint16_t value)
{
	if (im->n == sizeof(im->reg) / sizeof(im->reg[0]))
		abort();
	im->reg[im->n++] = value;
}

/* What a point that is not implemented holds, in all its registers. */
static inline void image_absent(struct image *im, const struct ovpp_sunspec_point *point)
{
	for (unsigned int i = 0; i < point->size; i++) {
		switch (point->type) {
		case OVPP_SUNSPEC_INT16:
		case OVPP_SUNSPEC_SUNSSF:
		case OVPP_SUNSPEC_PAD:
		case OVPP_SUNSPEC_INT32:
		case OVPP_SUNSPEC_INT64:
			image_word(im, i ? 0 : 0x8000);
			break;
		case OVPP_SUNSPEC_FLOAT32:
			image_word(im, i ? 0 : 0x7fc0);
			break;
		case OVPP_SUNSPEC_ACC16:
		case OVPP_SUNSPEC_ACC32:
		case OVPP_SUNSPEC_ACC64:
		case OVPP_SUNSPEC_STRING:
			image_word(im, 0);
			break;
		default:
			image_word(im, 0xffff);
		}
	}
}

/* A model that implements nothing yet. */
static inline void image_model(struct image *im, uint16_t id)
{
	const struct ovpp_sunspec_model *model = ovpp_sunspec_model(id);

	im->model = im->n;
	image_word(im, id);
	image_word(im, (uint16_t)(model->top.size - 2));
	for (size_t i = 0; i < model->top.n_points; i++)
		image_absent(im, &model->top.point[i]);
}

static inline void image_end(struct image *im)
{
	image_word(im, 0xffff);
	image_word(im, 0);
}

/* Registers of a point of the last model, by name. */
static inline uint16_t *image_at(struct image *im, const char *name, unsigned int *size)
{
	const struct ovpp_sunspec_model *model = ovpp_sunspec_model(im->reg[im->model]);

	for (size_t i = 0; i < model->top.n_points; i++) {
		if (strcmp(model->top.point[i].name, name))
			continue;
		*size = model->top.point[i].size;
		return im->reg + im->model + model->top.point[i].offset;
	}
	fprintf(stderr, "model %u has no %s\n", model->id, name);
	abort();
}

static inline void image_set(struct image *im, const char *name, long long value)
{
	unsigned int size;
	uint16_t *reg = image_at(im, name, &size);

	for (; size; value >>= 16)
		reg[--size] = (uint16_t)value;
}

static inline void image_float(struct image *im, const char *name, float value)
{
	uint32_t raw;

	memcpy(&raw, &value, sizeof(raw));
	image_set(im, name, raw);
}

static inline void image_text(struct image *im, const char *name, const char *text)
{
	unsigned int size;
	uint16_t *reg = image_at(im, name, &size);

	for (size_t i = 0; text[i]; i++)
		reg[i / 2] |= (uint16_t)((unsigned char)text[i] << (i % 2 ? 0 : 8));
}

/* Model 1 of a device. */
static inline void image_common(struct image *im, const char *maker, const char *model,
				const char *serial)
{
	image_model(im, 1);
	image_text(im, "Mn", maker);
	image_text(im, "Md", model);
	image_text(im, "SN", serial);
}

static inline struct ovpp_sunspec_map image_map(const struct image *im)
{
	return (struct ovpp_sunspec_map){im->reg, im->n, IMAGE_BASE};
}

/* Address of a point of the last model. */
static inline unsigned int image_address(struct image *im, const char *name)
{
	unsigned int size;

	return (unsigned int)(IMAGE_BASE + (image_at(im, name, &size) - im->reg));
}

#endif /* OVPP_TEST_SUNSPEC_IMAGE_H */
