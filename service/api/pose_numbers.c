/* Reads the poses of an ordinary JSON request of POST /score: {"poses": T x 17 x [x, y, c], "fps": f}.
 *
 * What is not ordinary, or not sure to be read to the last bit here, is left to the careful readers
 * of given_poses.py and score_request.py: then nothing of it is used. The text must end with a 0
 * byte, as Python's bytes do: no rule below goes on beyond one.
 */
#include <float.h>
#include <stdint.h>
#include <string.h>

enum { JOINTS = 17, NUMBERS = 3, MOST_DIGITS = 18, MOST_POWER = 22 };

_Static_assert(FLT_EVAL_METHOD == 0, "double must round once an operation");

/* Whole numbers up to here, and these powers, are exact in double: so is one rounding of their
 * product or quotient. */
static const uint64_t LARGEST_EXACT = (uint64_t)1 << 53;
static const double POWERS[MOST_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static const char *past_space(const char *at)
{
    while (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')
        at++;
    return at;
}

/* Past a character and the space on both sides of it; 0 where it is another one, or at is 0. */
static const char *past(const char *at, char wanted)
{
    if (!at)
        return 0;
    at = past_space(at);
    return *at == wanted ? past_space(at + 1) : 0;
}

static const char *past_key(const char *at, const char *key)
{
    size_t length = strlen(key);
    return at && !strncmp(at, key, length) ? past(at + length, ':') : 0;
}

static int is_digit(char character) { return character >= '0' && character <= '9'; }

/* Adds digits to a whole number, as many as it can hold; the others end up as too many. */
static const char *digits(const char *at, uint64_t *whole, int *number)
{
    for (; is_digit(*at); at++, ++*number)
        if (*number < MOST_DIGITS)
            *whole = *whole * 10 + (uint64_t)(*at - '0');
    return at;
}

/* Past an exponent; 0 where it is none or a long one. */
static const char *exponent(const char *at, int *power)
{
    int negative = *at == '-', number = 0;
    uint64_t whole = 0;
    if (*at == '-' || *at == '+')
        at++;
    at = digits(at, &whole, &number);
    if (!number || number > 3)
        return 0;
    *power += negative ? -(int)whole : (int)whole;
    return at;
}

/* Past a number of JSON; 0 where it is none, or one that does not become exact so simply. */
static const char *number(const char *at, double *value)
{
    int negative = *at == '-', count = 0, power = 0, is_whole = 1;
    uint64_t whole = 0;
    at += negative;
    const char *first = at;
    at = digits(at, &whole, &count);
    if (!count || (*first == '0' && count > 1))
        return 0;
    if (*at == '.') {
        int before = count;
        at = digits(at + 1, &whole, &count);
        power = before - count;
        is_whole = 0;
        if (!power)
            return 0;
    }
    if (*at == 'e' || *at == 'E') {
        is_whole = 0;
        at = exponent(at + 1, &power);
    }
    /* JSON's -0 is a whole number, which has no sign then. */
    if (!at || count > MOST_DIGITS || whole > LARGEST_EXACT || (negative && is_whole && !whole))
        return 0;
    if (power < -MOST_POWER || power > MOST_POWER)
        return 0;
    double size = power < 0 ? (double)whole / POWERS[-power] : (double)whole * POWERS[power];
    *value = negative ? -size : size;
    return at;
}

/* One frame's joints into poses; 0 where a number lies beyond the limit, which others tell of. */
static const char *frame(const char *at, float *poses, double limit)
{
    at = past(at, '[');
    for (int joint = 0; at && joint < JOINTS; joint++) {
        at = joint ? past(at, ',') : at;
        at = past(at, '[');
        for (int place = 0; at && place < NUMBERS; place++) {
            double value = 0;
            at = place ? past(at, ',') : at;
            at = at ? number(at, &value) : 0;
            if (value < -limit || value > limit)
                return 0;
            *poses++ = (float)value;
        }
        at = past(at, ']');
    }
    return past(at, ']');
}

static const char *frames(const char *at, float *poses, long room, double limit, long *read)
{
    at = past(past_key(at, "\"poses\""), '[');
    for (*read = 0; at && *read < room; ++*read) {
        if (*read && *at == ']')
            return past(at, ']');
        at = *read ? past(at, ',') : at;
        at = frame(at, poses + *read * JOINTS * NUMBERS, limit);
    }
    return past(at, ']');
}

static const char *rate(const char *at, double *fps)
{
    at = past_key(at, "\"fps\"");
    at = at ? number(at, fps) : 0;
    return at ? past_space(at) : 0;
}

/* Returns how many frames were read into poses, float32 (room, 17, 3); 0 where others must read. */
long read_poses(const char *body, long size, float *poses, long room, double limit, double *fps)
{
    long read = 0;
    const char *at = past(body, '{');
    if (at && !strncmp(at, "\"fps\"", 5))
        at = frames(past(rate(at, fps), ','), poses, room, limit, &read);
    else
        at = rate(past(frames(at, poses, room, limit, &read), ','), fps);
    at = past(at, '}');
    return at == body + size ? read : 0;
}
