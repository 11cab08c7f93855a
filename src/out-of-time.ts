/** Type of the failure of a trial whose turn comes when there is too little time left to begin it. */
export const OUT_OF_TIME = 'OutOfTime';
