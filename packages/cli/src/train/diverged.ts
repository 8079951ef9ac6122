/** Exit status of a training whose loss left its course: unlike any other failure it is the run's own. */
export const DIVERGED = 3;
