// SPDX-License-Identifier: Apache-2.0
/*
 * By hand, as strptime takes spaces, single digits and the 31st of February, and as its result overflows int64_t
 * nanoseconds in the year 2262.
 */
#include "link/kube/rfc3339.h"

#include <errno.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Exactly `digits` digits and then the byte `end` (NUL: none is wanted); advances. */
static bool number(const char **text, int digits, char end, int64_t *ret)
{
    *ret = 0;
    for (; digits > 0; digits--, (*text)++) {
        if (!is_digit(**text))
            return false;
        *ret = *ret * 10 + (**text - '0');
    }
    if (end && *(*text)++ != end)
        return false;
    return true;
}

/* Digits behind the point, at least one; those finer than a nanosecond are dropped. */
static bool fraction(const char **text, int64_t *ret_ns)
{
    if (**text != '.')
        return true;
    (*text)++;
    if (!is_digit(**text))
        return false;
    for (int64_t unit = 100000000; is_digit(**text); (*text)++, unit /= 10)
        *ret_ns += (**text - '0') * unit;
    return true;
}

static bool zone(const char **text, int64_t *ret_offset_s)
{
    int64_t hours, minutes;
    char sign = *(*text)++;
    if (sign == 'Z')
        return true;
    if ((sign != '+' && sign != '-') || !number(text, 2, ':', &hours) || !number(text, 2, '\0', &minutes) ||
        hours > 23 || minutes > 59)
        return false;
    *ret_offset_s = (hours * 60 + minutes) * (sign == '+' ? 60 : -60);
    return true;
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool day_exists(int64_t year, int64_t month, int64_t day)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (month == 2 && is_leap(year));
}

/* Days since 1970-01-01 of a day of the Gregorian calendar; years count from March, so that the leap day is their last. */
static int64_t days_since_epoch(int64_t year, int64_t month, int64_t day)
{
    int64_t y = year - (month <= 2), m = (month + 9) % 12;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

int rp_parse_rfc3339(const char *text, int64_t *ret_unix_ns)
{
    int64_t year, month, day, hour, minute, second, ns = 0, offset_s = 0, unix_ns;
    if (!number(&text, 4, '-', &year) || !number(&text, 2, '-', &month) || !number(&text, 2, 'T', &day) ||
        !number(&text, 2, ':', &hour) || !number(&text, 2, ':', &minute) || !number(&text, 2, '\0', &second))
        return -EINVAL;
    if (year == 0 || !day_exists(year, month, day) || hour > 23 || minute > 59 || second > 59)
        return -EINVAL;
    if (!fraction(&text, &ns) || !zone(&text, &offset_s) || *text)
        return -EINVAL;
    int64_t s = days_since_epoch(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset_s;
    if (__builtin_mul_overflow(s, (int64_t)RP_NS_PER_S, &unix_ns) || __builtin_add_overflow(unix_ns, ns, &unix_ns))
        return -ERANGE;
    *ret_unix_ns = unix_ns;
    return 0;
}
