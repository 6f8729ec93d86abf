/** Origins that are computed before control returns to the event loop. A read takes about 0.3 ms. */
export const READ_AT_ONCE = 64;
