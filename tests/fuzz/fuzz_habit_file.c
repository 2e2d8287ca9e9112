// SPDX-License-Identifier: Apache-2.0
#include "node/habit_file.h"

#include <zlib.h>

#include "fuzz.h"

#define CRC_AT  20 /* of the checksum in the header, and where what it is of begins */
#define BODY_AT 24

/* With its own checksum and again with one that fits, so that what lies behind it is reached. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned char bytes[RP_HABIT_FILE_BYTES], again[RP_HABIT_FILE_BYTES];
    static struct rp_habit list[RP_HABITS_MAX], back[RP_HABITS_MAX];
    uint32_t n = 0;
    const size_t len = size < sizeof(bytes) ? size : sizeof(bytes);
    memcpy(bytes, data, len);
    for (int mended = 0; mended < 2; mended++) {
        if (mended && len >= BODY_AT) {
            const uint32_t crc = (uint32_t)crc32_z(0, bytes + BODY_AT, len - BODY_AT);
            memcpy(bytes + CRC_AT, &crc, sizeof(crc));
        }
        if (rp_habit_file_parse(bytes, len, list, &n) < 0)
            continue;
        RP_MUST(n <= RP_HABITS_MAX);
        for (uint32_t i = 0; i < n; i++)
            RP_MUST(list[i].name[0] && memchr(list[i].name, 0, sizeof(list[i].name)) && list[i].durations_n > 0);
        const size_t made = rp_habit_file_make(list, n, again);
        uint32_t back_n = 0;
        RP_MUST(rp_habit_file_parse(again, made, back, &back_n) == 0 && back_n == n);
    }
    return 0;
}
