import type { PredictResponse, ProblemDetails } from '../../src/schemas/prediction.ts';

/** What a prediction server answered. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: unknown;
}

/** Asks a prediction server, as any HTTP client would. */
export class PredictionClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async get(path: string): Promise<Answer> {
    return read(await fetch(`${this.#url}${path}`));
  }

  /** Posts a body as it is. */
  async post(path: string, body?: string, type = 'application/json'): Promise<Answer> {
    const headers = body === undefined ? {} : { 'content-type': type };
    const init = { method: 'POST', headers, ...(body !== undefined && { body }) };
    return read(await fetch(`${this.#url}${path}`, init));
  }

  /** Predictions of a model that there is, for records that are right. */
  async predict(place: string, instances: unknown): Promise<PredictResponse> {
    const answer = await this.post(`/v1/models/${place}:predict`, JSON.stringify({ instances }));
    if (answer.status !== 200) throw new Error(JSON.stringify(answer));
    return answer.body as PredictResponse;
  }

  /** What is said of a prediction that can't be given. */
  async refused(place: string, body: string): Promise<ProblemDetails> {
    const answer = await this.post(`/v1/models/${place}:predict`, body);
    if (answer.type !== 'application/problem+json') throw new Error(JSON.stringify(answer));
    return answer.body as ProblemDetails;
  }
}

async function read(response: Response): Promise<Answer> {
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  return { status: response.status, type, body: await response.json() };
}
