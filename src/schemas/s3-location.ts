import { z } from 'zod';

const BUCKET = '[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]';
const PART = '[\\w@=-][\\w@.=-]*';
const FORM = new RegExp(`^s3://(${BUCKET})(?:/(${PART}(?:/${PART})*))?/?$`);

/** A place in a bucket, from the text `s3://bucket/prefix`. */
export const S3Location = z
  .string()
  .regex(FORM, 'the home folder, where it is not set, or s3://bucket/prefix')
  .transform((text) => {
    const [, bucket = '', prefix = ''] = FORM.exec(text) ?? [];
    return { bucket, prefix };
  });
export type S3Location = z.infer<typeof S3Location>;
