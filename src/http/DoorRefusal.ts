/** A request that goes no further than the door. Its code is stable; its words are for whoever runs the client. */
export class DoorRefusal extends Error {
  constructor(
    readonly statusCode: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = "DoorRefusal";
  }
}
