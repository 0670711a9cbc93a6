// SPDX-License-Identifier: GPL-2.0-or-later
#include "sunspec_scan.h"

#include <errno.h>

#include "core/modbus.h"

#define ID_END 0xffff
#define HEADER 2 /* ID and L */

/* Silence at so many bases, and nobody is there. */
#define SILENT_MAX 2

/* Appends the next @n registers; as few requests as it takes. */
static int append(const struct ovpp_sunspec_reader *reader, struct ovpp_sunspec_image *image,
		  size_t n)
{
	struct ovpp_sunspec_map *map = &image->map;

	if (map->base + map->n + n > OVPP_SUNSPEC_REGISTERS)
		return -EBADMSG;
	while (n) {
		uint16_t now = n < OVPP_MODBUS_READ_MAX ? (uint16_t)n : OVPP_MODBUS_READ_MAX;
		int ret = reader->read(reader->ctx, (uint16_t)(map->base + map->n), now,
				       image->reg + map->n, true);

		if (ret)
			return ret == -EREMOTEIO ? -ENODATA : ret;
		map->n += now;
		n -= now;
	}
	return 0;
}

/*
 * ID and L. Of the end there may be the ID alone: a device is free to have nothing
 * behind it.
 */
static int append_header(const struct ovpp_sunspec_reader *reader, struct ovpp_sunspec_image *image)
{
	int ret = append(reader, image, HEADER);

	if (ret != -ENODATA && ret != -EBADMSG)
		return ret;
	if (append(reader, image, 1))
		return ret;
	return image->reg[image->map.n - 1] == ID_END ? 0 : ret;
}

static int read_chain(const struct ovpp_sunspec_reader *reader, struct ovpp_sunspec_image *image)
{
	for (;;) {
		const uint16_t *header = image->reg + image->map.n;
		int ret = append_header(reader, image);

		if (ret)
			return ret;
		if (header[0] == ID_END)
			return 0;
		if (header[0] == 0)
			return -EBADMSG;
		ret = append(reader, image, header[1]);
		if (ret)
			return ret;
	}
}

/* Is the marker at this base? 1, 0 or -errno. */
static int probe(const struct ovpp_sunspec_reader *reader, uint32_t base,
		 struct ovpp_sunspec_image *image)
{
	int ret = reader->read(reader->ctx, (uint16_t)base, HEADER, image->reg, false);
	size_t at;

	if (ret)
		return ret == -EREMOTEIO || ret == -EBADMSG ? 0 : ret;
	image->map = (struct ovpp_sunspec_map){image->reg, HEADER, base};
	return !ovpp_sunspec_find(&image->map, &base, 1, &at);
}

int ovpp_sunspec_scan(const struct ovpp_sunspec_reader *reader, const uint32_t *bases, size_t n,
		      struct ovpp_sunspec_image *image)
{
	size_t silent = 0;

	image->map = (struct ovpp_sunspec_map){image->reg, 0, 0};
	for (size_t i = 0; i < n; i++) {
		int ret = probe(reader, bases[i], image);

		if (ret > 0)
			return read_chain(reader, image);
		if (ret && ret != -ETIMEDOUT)
			return ret;
		silent += ret == -ETIMEDOUT;
		if (silent == SILENT_MAX)
			break;
	}
	image->map.n = 0;
	return silent && (silent == SILENT_MAX || silent == n) ? -ETIMEDOUT : -ENOENT;
}
