import { Controller, Get, Header } from '@nestjs/common';
import { Allow, Answers } from '#access';
import { Records } from '#records';

/**
 * The terminals' secrets as Mosquitto's `password_file`: the hashes are in its own form, so a county that
 * runs Mosquitto in front needs no second set of secrets.
 */
@Controller('api/v1/mosquitto')
export class PasswordFileController {
  constructor(private readonly records: Records) {}

  /** One line a terminal that is not revoked, `id:$7$101$…`, in the order of the ids. Admins only. */
  @Get('password-file')
  @Allow('admin')
  @Header('content-type', 'text/plain; charset=utf-8')
  @Answers({
    is: "The terminals' secrets, hashed, in Mosquitto's form.",
    body: { media: 'text/plain', description: 'One line a terminal.' },
  })
  async passwordFile(): Promise<string> {
    const rows = await this.records.db
      .selectFrom('terminal')
      .select(['id', 'secret_hash'])
      .where('revoked_at', 'is', null)
      .orderBy('id')
      .execute();
    return rows.map(({ id, secret_hash }) => `${id}:${secret_hash}\n`).join('');
  }
}
